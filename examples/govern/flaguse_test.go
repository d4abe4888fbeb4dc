package main

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// flags returns the names of all flags.
func flags() (names []string) {
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	new(options).declare(fs)
	fs.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	return names
}

func TestFlagUses_IsAboutAllFlagsAndCommands(t *testing.T) {
	t.Parallel()
	all := strings.Split(commandNames(), ", ")
	var lines []string
	for name, users := range flagUses {
		lines = append(lines, name)
		assert.Subset(t, all, strings.Fields(users), "-%s", name)
	}
	assert.ElementsMatch(t, flags(), lines, "a flag without a line in flagUses is accepted and does nothing")
	for _, rule := range usesOnlyWith {
		for _, name := range strings.Fields(rule.flags) {
			assert.Contains(t, usersOf(name), rule.command, name)
		}
		for _, name := range strings.Fields(rule.with) {
			assert.Contains(t, usersOf(name), rule.command, name)
		}
	}
}

// values are what flags may be given; others are given "x".
var values = map[string]string{"match": "Email=mail", "create": mapping, "remove": "unlisted", "max-additions": "1",
	"max-removals": "1", "max-removal-share": "1%", "accept-unresolved": "1", "stages": "owners", "every": "2w",
	"do": "stop", "max-accounts": "1", "max-account-share": "1%", "max-tickets": "1", "max-ticket-share": "1%",
	"max-creations": "1", "max-creation-share": "1%", "max-addition-share": "1%", "min-holders": "1", "worklist": "x.html", "graph": "http://127.0.0.1:1", "wait": "1s", "timeout": "1s", "ticket-field": "urgency=2"}

// enough are the shortest command lines that can be meant.
var enough = map[string]string{
	"profile":      "-roster x.csv",
	"match":        "-roster x.csv -match Email=mail",
	"create-users": "-roster x.csv -match Email=mail -create " + mapping,
	"register":     "-app X -role General",
	"plan":         "-roster x.csv -match Email=mail -app X -role General",
	"apply":        "x.json",
	"verify":       "x.json",
	"run":          "-roster x.csv -match Email=mail -app X -role General",
	"package":      "-roster x.csv -match Email=mail -package X",
	"customdata":   "-roster x.csv -match Email=mail -role X -out x.out",
	"preflight":    "-app X",
	"review":       "-app X -reviewer x@contoso.example",
	"status":       "-app X",
	"revocations":  "-journal x.journal",
	"history":      "-journal x.journal",
	"undo":         "2 -app X -journal x.journal",
}

// Whoever gives a flag believes that it does something: that -strict stops a
// review, that match writes the -journal.
func TestAFlagThatACommandDoesNotUseIsRefused(t *testing.T) {
	t.Parallel()
	refused := 0
	for _, c := range commands() {
		for _, name := range flags() {
			if slices.Contains(usersOf(name), c.name) {
				continue
			}
			refused++
			flagArg := "-" + name + "=" + values[name]
			if values[name] == "" {
				flagArg = "-" + name
				if !isBool(name) {
					flagArg += "=x"
				}
			}
			got := govern(t, nil, append([]string{c.name, flagArg}, strings.Fields(enough[c.name])...)...)
			assert.Equal(t, exitUsage, got.status, "%s %s", c.name, flagArg)
			assert.Equal(t, 1, strings.Count(got.err, "\n"), got.err)
			assert.True(t, strings.HasPrefix(got.err, "govern: "+c.name+" does not use -"+name+"; "), got.err)
			for _, user := range usersOf(name) {
				assert.Contains(t, got.err, user)
			}
			assert.Empty(t, got.out)
		}
	}
	assert.Greater(t, refused, 150)
}

func isBool(name string) bool {
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	new(options).declare(fs)
	b, ok := fs.Lookup(name).Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

// A shell's variable that isn't set leaves -snapshot "", or runs on the demo tenant.
func TestAFlagWithoutAValueIsRefused(t *testing.T) {
	t.Parallel()
	args := []string{"run", "-roster", "r.csv", "-match", "Email=mail", "-app", "X", "-role-column", "R", "-remove", "unlisted"}
	for _, name := range []string{"exclude", "unresolved", "snapshot", "override", "graph", "app-id", "protect", "new-role"} {
		for _, value := range []string{"", " "} {
			got := govern(t, nil, append(args, "-"+name, value)...)
			assert.Equal(t, exitUsage, got.status, name)
			assert.Contains(t, got.err, "-"+name)
			assert.Contains(t, got.err, "without a value", name)
		}
	}
	got := govern(t, nil, "review", "-app", "X", "-reviewer", "")
	assert.Contains(t, got.err, "without a value")
}

func TestAFlagThatNeedsAnotherOneIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ args, want string }{
		{"register -app X -role G -roster x.csv", "register uses -roster only with -role-column"},
		{"run -roster x.csv -match E=mail -app X -role G -account Login", "run uses -account only with -journal or -snapshot or -decisions or -worklist"},
		{"preflight -app X -exclude x.csv", "preflight uses -exclude only with -roster"},
		{"preflight -app X -roster x.csv", "preflight needs for a list both -roster FILE and -match COLUMN=ATTRIBUTE; see govern -h"},
		{"review -app X -reviewer x -roster x.csv -match E=mail", "review uses -match only with -journal or -snapshot or -strict"},
		{"review -app X -reviewer x -strict", "review uses -strict only with -roster"},
		{"review -app X -reviewer x -snapshot x.json -account Login", "review uses -account only with -roster"},
		{"review -app X -reviewer x -stages owners", "-reviewer has nothing to do where -stages names only owners"},
		{"status -app X -yes", "status uses -yes only with -do"},
		{"revocations -snapshot x.json -strict", "revocations uses -strict only with -roster"},
		{"revocations -snapshot x.json -yes", "revocations uses -yes only with -webhook or -servicenow"},
		{"verify x.json -strict", "verify does not use -strict with a plan file; without one, it makes a new plan from the flags"},
		{"verify x.json -roster x.csv", "verify does not use -roster with a plan file; without one, it makes a new plan from the flags"},
	} {
		got := govern(t, nil, strings.Fields(c.args)...)
		assert.Equal(t, "govern: "+c.want+"\n", got.err, c.args)
		assert.Equal(t, exitUsage, got.status, c.args)
	}
}

// readElsewhere are options that a command comes by without using them: its roster
// is checked for the columns that the steps after it need.
var readElsewhere = map[string]string{
	"role-column": "match create-users preflight review package",
	"create":      "match review package customdata",
	"profile":     flagUses["profile"], // before the command, and when its list is opened
	"encoding":    flagUses["encoding"],
	"sheet":       flagUses["sheet"],
}

// The table is held against the program: a command uses a flag if a function that it
// calls, however far down, reads the option.
func TestFlagUses_IsWhatTheCommandsRead(t *testing.T) {
	t.Parallel()
	code := parseProgram(t)
	always := code.reads("carryOut", "connect", "run", "interrupted")
	for _, c := range commands() {
		reads := code.reads(strings.ReplaceAll(c.name, "create-users", "createUsers") + "Command")
		for _, name := range flags() {
			option := code.options[name]
			require.NotEmpty(t, option, name)
			switch {
			case flagUses[name] == "":
				assert.True(t, always["opts."+option] || reads["opts."+option], "%s: nothing reads -%s", c.name, name)
			case !listed(readElsewhere[name], c.name):
				assert.Equal(t, slices.Contains(usersOf(name), c.name), reads["opts."+option], "%s -%s: is it used?", c.name, name)
			}
		}
	}
}

// A program is the functions of this package by name, with the methods and fields of
// the session and its options that each mentions.
type program struct {
	mentions map[string]map[string]bool
	options  map[string]string // by flag
}

func parseProgram(t *testing.T) program {
	t.Helper()
	p := program{make(map[string]map[string]bool), map[string]string{
		"match": "rules", "create": "create", "remove": "remove", "reviewer": "reviewers", "new-role": "newRoles",
		"protect": "protect", "worklist": "worklist", "decisions": "decisions", "owner": "owners", "ticket-field": "ticketFields"}} // set by functions
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "demo") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				p.add(f)
			}
		}
	}
	return p
}

func (p program) add(f *ast.FuncDecl) {
	mentions := make(map[string]bool)
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			switch of := lastName(n.X); {
			case of == "opts" || of == "o":
				mentions["opts."+n.Sel.Name] = true
			case of == "s" && n.Sel.Name == "roster":
				mentions["opts.roster"] = true
			case of == "s" && n.Sel.Name == "excluded":
				mentions["opts.exclude"] = true
			case of == "s" || of == "doc":
				mentions[n.Sel.Name] = true
			}
		case *ast.CallExpr:
			if called := lastName(n.Fun); f.Name.Name != called {
				mentions[called] = true
			}
			if f.Name.Name == "declare" && len(n.Args) > 2 {
				p.declares(n.Args[0], n.Args[1])
			}
		}
		return true
	})
	if p.mentions[f.Name.Name] == nil {
		p.mentions[f.Name.Name] = mentions
	}
	maps.Copy(p.mentions[f.Name.Name], mentions)
}

// declares notes which option a flag sets, as in fs.StringVar(&o.out, "out", "", "").
func (p program) declares(option, name ast.Expr) {
	pointer, isPointer := option.(*ast.UnaryExpr)
	text, isText := name.(*ast.BasicLit)
	if isPointer && isText {
		p.options[strings.Trim(text.Value, `"`)] = lastName(pointer.X)
	}
}

func lastName(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	}
	return ""
}

// reads returns what functions mention, and those that they call.
func (p program) reads(names ...string) map[string]bool {
	seen := make(map[string]bool)
	for len(names) > 0 {
		name := names[0]
		names = names[1:]
		for mentioned := range p.mentions[name] {
			if !seen[mentioned] {
				seen[mentioned] = true
				names = append(names, mentioned)
			}
		}
	}
	return seen
}
