package main

import (
	"context"
	_ "embed"
	"flag"
	"slices"
	"strings"
)

// A command is one subcommand. To add one, write a file with a function that
// returns it and list it in commands.
type command struct {
	name  string
	args  int                 // how many arguments it takes that are not flags
	needs []need              // what must be there
	flags func(*flag.FlagSet) // declares flags of its own; may be nil
	run   func(ctx context.Context, s *session) error
}

// commands returns the subcommands in the order in which one uses them.
func commands() []command {
	return []command{
		matchCommand(),
		createUsersCommand(),
		registerCommand(),
		planCommand(),
		applyCommand(),
		verifyCommand(),
		runCommand(),
		preflightCommand(),
		reviewCommand(),
		statusCommand(),
		revocationsCommand(),
	}
}

func findCommand(name string) (command, error) {
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == name })
	if i < 0 {
		return command{}, usageError("there is no command %q; the commands are %s", name, commandNames())
	}
	return all[i], nil
}

func commandNames() string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return strings.Join(names, ", ")
}

// A need is a flag, or one of several, that a command cannot do without.
type need struct {
	flag string
	met  func(*options) bool
}

var (
	needRoster          = need{"-roster FILE", func(o *options) bool { return o.roster != "" }}
	needMatch           = need{"-match COLUMN=ATTRIBUTE", func(o *options) bool { return len(o.rules) > 0 }}
	needApp             = need{"-app NAME", func(o *options) bool { return o.app != "" }}
	needRole            = need{"-role NAME or -role-column COLUMN", func(o *options) bool { return o.role != "" || o.roleColumn != "" }}
	needCreate          = need{"-create MAPPING", func(o *options) bool { return o.create != nil }}
	needRosterForColumn = need{"-roster FILE, as -role-column is one of its columns", func(o *options) bool { return o.roleColumn == "" || o.roster != "" }}
	needPlan            = need{"a PLANFILE", func(o *options) bool { return len(o.args) > 0 }}
	needReviewers       = need{"-reviewer UPN or -stages", func(o *options) bool { return len(o.reviewers)+len(o.stages) > 0 }}
	needSnapshot        = need{"-snapshot FILE", func(o *options) bool { return o.snapshot != "" }}
	needSnapshotRows    = need{"-match COLUMN=ATTRIBUTE with -roster, or neither", func(o *options) bool { return (o.roster == "") == (len(o.rules) == 0) }}
	needAccount         = need{"-account COLUMN with -roster", func(o *options) bool { return o.roster == "" || o.account != "" || len(o.rules) > 0 }}
	needPlanOrFlags     = need{"a PLANFILE, or -roster, -match, -app and -role or -role-column", func(o *options) bool {
		return len(o.args) > 0 || needRoster.met(o) && needMatch.met(o) && needApp.met(o) && needRole.met(o)
	}}
)

// check reports which of the command's flags are missing.
func (c command) check(o *options) error {
	var missing []string
	for _, n := range c.needs {
		if !n.met(o) {
			missing = append(missing, n.flag)
		}
	}
	if missing != nil {
		return usageError("%s needs %s; see govern -h", c.name, enumerate(missing))
	}
	if len(o.args) > c.args {
		return usageError("%s does not know what to do with %q; see govern -h", c.name, o.args[c.args])
	}
	return nil
}

// enumerate joins items as prose does: a, b and c.
func enumerate(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := len(items) - 1
	return strings.Join(items[:last], ", ") + " and " + items[last]
}

// usage is the whole manual, printed by -h. A test holds that it names every
// command and every flag.
//
//go:embed usage.txt
var usage string
