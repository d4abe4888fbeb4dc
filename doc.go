// Package rollcall is the map of this module; it holds no code. rollcall takes
// the accounts of an application that supports no provisioning into Microsoft
// Entra ID, so that their access can be reviewed and revoked there, as
// https://learn.microsoft.com/entra/id-governance/identity-governance-applications-not-provisioned-users
// describes it for PowerShell.
//
// Data flows one way. A row enters once and keeps its place (file, line, key)
// to the end:
//
//	roster ──rows──► match ──outcomes──► assign ──plan──► assign.Apply ──► assign.Verify
//	                   ▲                    ▲                   │
//	                   │ match.Directory    │ assign.Reader     │ assign.Writer
//	                   └────────────────── entra ───────────────┘
//	                                         │
//	    entra/governance ──────────► entra/graph ──HTTP──► Microsoft Graph  or  graphfake
//	         │
//	       review ──► assign/fulfill ──► tickets ──► proof
//
// The packages:
//
//   - [github.com/rollcall-go/rollcall/roster]: rows from files and databases, and back to files
//   - [github.com/rollcall-go/rollcall/roster/xlsx]: rows from Excel workbooks
//   - [github.com/rollcall-go/rollcall/roster/ldap]: rows from LDAP directories
//   - [github.com/rollcall-go/rollcall/match]: rules, one outcome for every row, the report
//   - [github.com/rollcall-go/rollcall/match/near]: who an unmatched row may be, and why; never acted on
//   - [github.com/rollcall-go/rollcall/match/worklist]: the rows without a user by cause, and what people decided
//   - [github.com/rollcall-go/rollcall/assign]: plan, apply and verify
//   - [github.com/rollcall-go/rollcall/assign/fulfill]: the journal of who had access; losses, tickets, proof
//   - [github.com/rollcall-go/rollcall/entra]: users, applications and assignments; implements the others' ports
//   - [github.com/rollcall-go/rollcall/entra/graph]: the one connection to Microsoft Graph
//   - [github.com/rollcall-go/rollcall/entra/governance]: preflight, access reviews, access packages, custom data
//   - [github.com/rollcall-go/rollcall/graphfake]: an in-memory Graph for tests; it imports nothing of these
//   - examples/govern: the whole procedure as a program with flags
//
// Someone who only brings assignments in line reads roster, match, assign and
// entra, and nothing about reviews.
//
// # A complete program
//
//	func main() {
//		ctx := context.Background()
//		client := must(entra.Connect(must(azidentity.NewDefaultAzureCredential(nil)), nil))
//		accounts := must(roster.OpenFile("users.csv", nil))
//		report := must(match.Run(ctx, client, accounts.Rows(), match.Column("EMail", "userPrincipalName"), nil))
//		check(report.WriteText(os.Stdout)) // how many were found, and why the others were not
//
//		app := must(client.FindApplication(ctx, entra.ApplicationRef{DisplayName: "CORPDB1"}))
//		role := must(assign.OneRole(app.AppRoles, "General"))
//		wants, without := assign.Wants(report.Found(nil), role) // without: rows that name no role
//		current := must(client.Assignments(ctx, app.ServicePrincipalID))
//		plan := must(assign.NewPlan(app.App(), wants, current, nil))
//		check(plan.WriteText(os.Stdout)) // what would change, and why
//
//		file := must(os.Create("CORPDB1.plan.json"))
//		check(errors.Join(plan.Encode(file), file.Close(), accounts.Close()))
//		log.Printf("%d rows name no role; nothing is changed until the plan is carried out", len(without))
//	}
//
//	func must[T any](value T, err error) T {
//		check(err)
//		return value
//	}
//
//	func check(err error) {
//		if err != nil {
//			log.Fatal(err)
//		}
//	}
//
// It plans, and stops; examples/approved carries out a plan that somebody has read.
//
// # The rules
//
// Every row has exactly one outcome, and the outcomes add up to the rows.
//
// What is written is planned first, as a value that can be printed, stored and
// approved. Nothing is removed unless a policy says so, within limits that it
// sets, and never on the strength of a read that is unfinished. Assignments
// that come through groups are not touched.
//
// A write is safe to repeat: what is already there, or already gone, is a
// success, and an unclear outcome is settled by reading back before the write is
// tried again. So a run that stopped anywhere is simply started again.
//
// Errors that a program can handle are types or sentinels, named where they
// come from. Passwords and tokens are in no error, log or file.
package rollcall
