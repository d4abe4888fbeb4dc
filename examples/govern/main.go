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
	"cmp"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/match/near"
	"github.com/rollcall-go/rollcall/match/worklist"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}

// A command is one subcommand.
type command struct {
	name  string
	args  int    // how many arguments it takes that are not flags
	local bool   // it asks no tenant anything
	needs []need // the flags and arguments that must be there
	run   func(ctx context.Context, s *session) error
}

// commands returns the subcommands in the order in which one uses them. A new
// one takes four files: its own, this list, flaguse.go and usage.txt. A flag that is
// new goes into flags.go, flaguse.go and usage.txt.
func commands() []command {
	return []command{
		{name: "profile", local: true, needs: []need{needRoster}, run: profileCommand},
		{name: "match", needs: []need{needRoster, needMatch}, run: matchCommand},
		{name: "create-users", needs: []need{needRoster, needMatch, needCreate}, run: createUsersCommand},
		{name: "register", needs: []need{needApp, needRole, needRosterForColumn}, run: registerCommand},
		{name: "plan", needs: []need{needRoster, needMatch, needApp, needRole}, run: planCommand},
		{name: "apply", args: 1, needs: []need{needPlan}, run: applyCommand},
		{name: "verify", args: 1, needs: []need{needPlanOrFlags}, run: verifyCommand},
		{name: "run", needs: []need{needRoster, needMatch, needApp, needRole}, run: runCommand},
		{name: "package", needs: []need{needRoster, needMatch, needPackage}, run: packageCommand},
		{name: "preflight", needs: []need{needApp, needBoth}, run: preflightCommand},
		{name: "review", needs: []need{needApp, needReviewers, needBoth}, run: reviewCommand},
		{name: "customdata", needs: []need{needRoster, needMatch, needRole, needTarget}, run: customdataCommand},
		{name: "status", needs: []need{needApp}, run: statusCommand},
		{name: "revocations", needs: []need{needJournal}, run: revocationsCommand},
		{name: "history", local: true, needs: []need{needJournal}, run: historyCommand},
		{name: "undo", args: 1, needs: []need{needRun, needApp, needJournal}, run: undoCommand},
	}
}

// A session is one invocation: what was asked for, the streams, the tenant it
// works on, and what came of it.
type session struct {
	command string
	args    []string // as typed
	opts    options
	parsed  bool // opts holds what args say

	in     io.Reader
	out    *console
	err    io.Writer // questions, progress and the line of an error
	getenv func(string) string

	roster    source
	excluded  source
	decisions *worklist.Decisions // nil without -decisions
	before    *worklist.List      // that of -since; nil without
	listed    bool                // the worklist is written: of the first match, before users are created
	doubt     string              // about the roster, where its -role-column was read
	withUser  map[int]bool        // lines of the rows that have a user; nil before they were looked up
	near      *near.Proposals
	tenant    tenant
	journal   *fulfill.Journal // open for writing; nil if there is none
	known     *fulfill.State   // what it says, where it is only read

	wroteFrom time.Time // when this run began to write assignments

	tutorial bool  // the demo, which explains what one sees
	failure  error // the first thing that failed and did not stop the rest
	doc      document
}

// run is the program: args are those after its name, and the result is the exit
// status. Nothing else is read or written than what it is given, the files that
// flags name, and the tenant.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer,
	getenv func(string) string) int {
	s := &session{args: args, in: stdin, out: &console{to: stdout}, err: stderr, getenv: getenv}
	err := s.main(ctx)
	if err == nil && s.out.err != nil {
		err = fmt.Errorf("cannot write the output: %w", cause(s.out.err))
	}
	status := statusOf(err)
	if err != nil {
		s.doc.Error = oneLine(err)
	}
	if s.wantsJSON() {
		s.doc.Command, s.doc.Status = s.command, status
		if failed := s.doc.write(stdout); failed != nil {
			status, s.doc.Error = exitStopped, "cannot write the output: "+cause(failed).Error()
		}
	}
	if s.doc.Error != "" {
		fmt.Fprintf(stderr, "govern: %s\n", s.doc.Error)
	}
	if s.doc.Next != "" {
		fmt.Fprintf(stderr, "to go on: %s\n", s.doc.Next)
	}
	return int(status)
}

func (s *session) main(ctx context.Context) error {
	if len(s.args) == 0 {
		return s.demo(ctx, "")
	}
	name, args := s.args[0], s.args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		return s.help(args...)
	case "version", "-version", "--version":
		return s.version()
	}
	if path, ok := demoWorklist(s.args); ok {
		return s.demo(ctx, path)
	}
	if strings.HasPrefix(name, "-") {
		return usageError("the command comes before its flags; the commands are %s; see govern -h", commandNames())
	}
	c, err := findCommand(name)
	if err != nil {
		return err
	}
	s.command = name
	if err := s.parse(c, args); errors.Is(err, flag.ErrHelp) {
		return s.help(name)
	} else if err != nil {
		return err
	}
	return s.carryOut(ctx, c)
}

func (s *session) parse(c command, args []string) error {
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	s.opts.declare(fs)
	if err := s.opts.parse(fs, args); err != nil {
		return err
	}
	s.parsed = true
	if err := s.useProfile(c); err != nil {
		return err
	}
	if err := c.check(&s.opts); err != nil {
		return err
	}
	if err := c.checkUse(fs, &s.opts); err != nil {
		return err
	}
	return s.opts.check()
}

func (s *session) carryOut(ctx context.Context, c command) error {
	if s.opts.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.opts.timeout)
		defer cancel()
	}
	if s.opts.json {
		s.out.to = io.Discard
	}
	s.roster, s.excluded = fileSource(s.opts.roster, s.in), fileSource(s.opts.exclude, s.in)
	s.roster.how, s.roster.sheet = s.listOptions(), s.opts.sheet
	if err := s.checkOutputs(); err != nil {
		return err
	}
	if !c.local {
		if err := s.connect(); err != nil {
			return err
		}
		s.introduceTenant()
	}
	s.doc.Tenant, s.doc.DryRun = s.tenant.name, s.opts.dryRun
	if err := s.checkInput(); err != nil {
		return s.withAdvice(err)
	}
	err := errors.Join(c.run(ctx, s), s.closeJournal())
	failed := cmp.Or(err, s.failure)
	if status := statusOf(failed); ctx.Err() != nil && (status == exitStopped || status == exitFailed) {
		s.doc.Next = s.commandLine()
		return s.interrupted(ctx, failed)
	}
	if status := statusOf(err); status == exitDone || status == exitChanges {
		return cmp.Or(s.failure, s.checkAllKnown(), err)
	}
	return s.withAdvice(err)
}

// recordFailure records a failure that does not stop the rest; the program ends
// with status 4.
func (s *session) recordFailure(format string, args ...any) {
	err := withStatus(exitFailed, format, args...)
	s.note("%s.", oneLine(err))
	if s.failure == nil {
		s.failure = err
	}
}

func (s *session) introduceTenant() {
	s.say("Tenant: %s\n", s.tenant.name)
	if s.tenant.embedded {
		s.note("Its users are made up, and what is written there is gone when the command ends. " +
			"Use -live or -graph URL for a real one.")
	}
}

// wantsJSON looks for -json among the arguments if they could not be parsed, so
// that a program gets its document also after a misspelt flag.
func (s *session) wantsJSON() bool {
	if s.parsed {
		return s.opts.json
	}
	return slices.Contains(s.args, "-json") || slices.Contains(s.args, "--json")
}

func findCommand(name string) (command, error) {
	for _, c := range commands() {
		if c.name == name {
			return c, nil
		}
	}
	return command{}, usageError("there is no command %q%s; the commands are %s", name,
		didYouMean(name, strings.Split(commandNames(), ", ")), commandNames())
}

func commandNames() string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return strings.Join(names, ", ")
}

// usage is the whole manual, printed by -h. A test holds that it names every
// command and every flag.
//
//go:embed usage.txt
var usage string
