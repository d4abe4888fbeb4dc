package main

import (
	"flag"
	"slices"
	"strings"
)

// flagUses says which commands use a flag: a line for each. A flag that is given to
// another command is refused, because whoever gives it believes that it does
// something there. "" means all commands.
var flagUses = map[string]string{
	"roster":      "profile match create-users register plan verify run preflight review revocations package customdata",
	"match":       "match create-users plan verify run preflight review package customdata",
	"app":         "match create-users register plan apply verify run preflight review status revocations history undo package customdata",
	"app-id":      "match create-users register plan apply verify run preflight review status revocations undo package customdata",
	"role":        "register plan verify run preflight customdata",
	"role-column": "register plan verify run revocations customdata",
	"new-role":    "register run",
	"owner":       "register run",
	"profile":     "match create-users register plan verify run preflight review revocations package customdata",
	"encoding":    "profile match create-users register plan verify run preflight review revocations package customdata",
	"sheet":       "profile match create-users register plan verify run preflight review revocations package customdata",

	"create":           "create-users plan verify run preflight",
	"include-disabled": "plan verify run package",
	"exclude":          "match create-users plan verify run preflight review package customdata",
	"unresolved":       "match create-users plan verify run preflight package customdata",
	"worklist":         "match create-users plan verify run preflight package customdata",
	"since":            "match create-users plan verify run preflight package customdata",
	"decisions":        "match create-users plan verify run preflight review package customdata",

	"require-assignment": "register run",
	"remove":             "plan verify run",
	"protect":            "plan verify run undo",
	"min-holders":        "plan verify run undo",
	"max-creations":      "create-users run package",
	"max-creation-share": "create-users run",
	"max-additions":      "plan verify run undo package",
	"max-addition-share": "plan verify run undo",
	"max-removals":       "plan verify run undo",
	"max-removal-share":  "plan verify run undo",
	"accept-unresolved":  "plan verify run",
	"override":           "create-users plan verify run review revocations undo package customdata",
	"detailed-exitcode":  "plan",
	"out":                "profile create-users plan revocations history undo customdata",

	"package":         "package",
	"policy":          "package",
	"external":        "package",
	"external-policy": "package",
	"catalog":         "customdata",
	"resource":        "customdata",

	"reviewer":   "preflight review",
	"stages":     "preflight review",
	"review":     "review status customdata",
	"every":      "review",
	"auto-apply": "review",
	"do":         "status",

	"journal":           "plan verify apply run review status revocations history undo",
	"snapshot":          "plan verify apply run review status revocations history undo",
	"account":           "match create-users plan verify run preflight review revocations package customdata",
	"forget":            "history",
	"webhook":           "revocations",
	"servicenow":        "revocations",
	"ticket-field":      "revocations",
	"max-accounts":      "run review revocations",
	"max-account-share": "run review revocations",
	"max-tickets":       "revocations",
	"max-ticket-share":  "revocations",

	"graph":   "",
	"live":    "",
	"cloud":   "",
	"yes":     "create-users register apply run review status revocations history package customdata",
	"dry-run": "",
	"wait":    "",
	"timeout": "",

	"json":   "",
	"strict": "match create-users plan verify run review revocations package customdata",
}

// usesOnlyWith lists flags that a command uses only beside another one, or one of two.
var usesOnlyWith = []struct{ command, flags, with string }{
	{"register", "roster new-role", "role-column"},
	{"plan", "journal snapshot", "remove"},
	{"verify", "journal snapshot", "remove"},
	{"run", "new-role", "role-column"},
	{"run", "max-accounts max-account-share", "journal snapshot"},
	{"run", "account", "journal snapshot decisions worklist"},
	{"match", "app app-id account", "decisions worklist"},
	{"create-users", "app app-id account", "decisions worklist"},
	{"plan", "account", "decisions worklist"},
	{"verify", "account", "decisions worklist"},
	{"preflight", "account", "decisions worklist"},
	{"package", "app app-id account", "decisions worklist"},
	{"customdata", "app app-id", "decisions worklist"},
	{"customdata", "yes override", "catalog"},
	{"package", "max-creations external-policy", "external"},
	{"run", "max-creations max-creation-share", "create"},
	{"preflight", "exclude unresolved decisions worklist", "roster"},
	{"review", "roster match", "journal snapshot strict"},
	{"review", "account max-accounts max-account-share override", "journal snapshot"},
	{"review", "account exclude decisions strict", "roster"},
	{"match", "since", "worklist"},
	{"create-users", "since", "worklist"},
	{"plan", "since", "worklist"},
	{"verify", "since", "worklist"},
	{"run", "since", "worklist"},
	{"preflight", "since", "worklist"},
	{"register", "profile encoding sheet", "roster"},
	{"preflight", "profile encoding sheet", "roster"},
	{"review", "profile encoding sheet", "roster"},
	{"revocations", "profile encoding sheet", "roster"},
	{"status", "yes", "do"},
	{"history", "yes", "forget"},
	{"revocations", "account role-column strict", "roster"},
	{"revocations", "yes max-tickets max-ticket-share", "webhook servicenow"},
	{"revocations", "ticket-field", "servicenow"},
}

// planFlags are those that verify takes from a plan file, if it is given one.
const planFlags = "roster match role role-column create include-disabled exclude unresolved decisions worklist since account " +
	"remove protect min-holders max-additions max-addition-share " +
	"max-removals max-removal-share accept-unresolved override strict"

func listed(words, word string) bool { return slices.Contains(strings.Fields(words), word) }

// usersOf returns the commands that use a flag.
func usersOf(name string) []string {
	if commands := strings.Fields(flagUses[name]); len(commands) > 0 {
		return commands
	}
	return strings.Split(commandNames(), ", ")
}

// checkUse refuses a flag that was given and that the command does not use, or
// not without another one, and one whose text is empty.
func (c command) checkUse(fs *flag.FlagSet, o *options) (err error) {
	given := make(map[string]bool)
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	fs.Visit(func(f *flag.Flag) {
		if err == nil {
			err = c.checkFlag(f.Name, given, len(o.args) > 0)
		}
		if err == nil && isBlank(f.Value) {
			err = usageError("-%s: %w", f.Name, errWithoutValue)
		}
	})
	return err
}

// isBlank reports whether a value is text without anything in it.
func isBlank(v flag.Value) bool {
	getter, ok := v.(flag.Getter)
	if !ok {
		return false
	}
	text, isText := getter.Get().(string)
	return isText && strings.TrimSpace(text) == ""
}

func (c command) checkFlag(name string, given map[string]bool, hasFile bool) error {
	if users := usersOf(name); !slices.Contains(users, c.name) {
		verb := "does"
		if len(users) > 1 {
			verb = "do"
		}
		return usageError("%s does not use -%s; %s %s", c.name, name, enumerate(users), verb)
	}
	if c.name == "verify" && hasFile && listed(planFlags, name) {
		return usageError("verify does not use -%s with a plan file; without one, it makes a new plan from the flags", name)
	}
	for _, rule := range usesOnlyWith {
		with := strings.Fields(rule.with)
		if rule.command == c.name && listed(rule.flags, name) &&
			!slices.ContainsFunc(with, func(other string) bool { return given[other] }) {
			return usageError("%s uses -%s only with -%s", c.name, name, strings.Join(with, " or -"))
		}
	}
	return nil
}
