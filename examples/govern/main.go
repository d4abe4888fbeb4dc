// The govern command takes an application that supports no provisioning
// through the whole procedure of Microsoft's article "Govern the users of an
// application that does not support provisioning": match the application's
// accounts with users in Microsoft Entra ID, create the missing users, register
// the application, plan its role assignments, apply the plan and verify it.
//
// Usage:
//
//	govern                    # the whole flow on an embedded demo tenant
//	govern COMMAND [flags]    # one step, or all with "run"; see govern -h
//
// https://learn.microsoft.com/entra/id-governance/identity-governance-applications-not-provisioned-users
package main

import (
	"context"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}
