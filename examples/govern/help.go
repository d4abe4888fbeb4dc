package main

import (
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// helps are an example of each command and the flags that its own help explains; the
// others it names.
var helps = map[string]struct{ example, flags string }{
	"profile": {"profile -roster users.csv -out users.profile.json", "roster out encoding sheet"},
	"match":   {"match -roster users.csv -match Email=mail -worklist open.html -live", "match worklist"},
	"create-users": {"create-users -roster users.csv -match Email=mail " +
		"-create 'displayName=Name,userPrincipalName=Email,mailNickname=Login' -live", "create max-creations out"},
	"register":    {"register -app 'HR Portal' -role-column Role -roster users.csv -live", "app role owner"},
	"plan":        {"plan -roster users.csv -match Email=mail -app Payroll -role General -live", "out detailed-exitcode remove"},
	"apply":       {"apply 'HR Portal.plan.json' -live", "app yes wait"},
	"verify":      {"verify 'HR Portal.plan.json' -live", "wait strict"},
	"run":         {"run -roster users.csv -match Email=mail -app Payroll -role General -journal hr.journal -live", "journal"},
	"package":     {"package -roster users.csv -match Email=mail -package 'Payroll users' -external Email -live", "package external"},
	"preflight":   {"preflight -app 'HR Portal' -reviewer olga@contoso.com -live", "app reviewer stages"},
	"review":      {"review -app Payroll -stages managers:5,owners -every 3m -live", "reviewer stages every"},
	"customdata":  {"customdata -roster users.csv -profile hr.json -catalog Apps -resource HR -review Q4 -live", "catalog resource"},
	"status":      {"status -app 'HR Portal' -journal hr.journal -live", "do journal"},
	"revocations": {"revocations -journal hr.journal -out close.csv -live", "journal webhook"},
	"history":     {"history -journal hr.journal -out changes.csv", "journal forget"},
	"undo":        {"undo 12 -app 'HR Portal' -journal hr.journal -out back.json -live", "journal app out"},
}

// help prints the manual, or that of the one command that is named.
func (s *session) help(names ...string) error {
	text := usage
	if len(names) > 0 {
		c, err := findCommand(names[0])
		if len(names) > 1 {
			return usageError("help takes one command")
		}
		if err != nil {
			return err
		}
		text = c.help()
	}
	s.out.Write([]byte(text)) // a failure is kept by the writer
	return nil
}

// help returns the command's own manual, which is cut from that of the program.
func (c command) help() string {
	var b strings.Builder
	h := helps[c.name]
	fmt.Fprintf(&b, "govern %s [flags]\n\n%s\n", c.name, entry(c.name, ""))
	var needs []string
	for _, n := range c.needs {
		needs = append(needs, n.flag)
	}
	fmt.Fprintf(&b, "\nit needs:\n%s\nfor example:\n%s\n\n", indent(enumerate(needs)), exampleLines("govern "+h.example))
	b.WriteString("flags, of which govern -h explains all:\n")
	var also []string
	for _, name := range flagsOf(c) {
		if listed(h.flags, name) {
			b.WriteString(entry("-"+name, "  ") + "\n")
		} else {
			also = append(also, "-"+name)
		}
	}
	b.WriteString("\nalso:\n" + indent(strings.Join(also, ", ")))
	return b.String()
}

// exampleLines wraps a command line between its flags, as a shell takes it.
func exampleLines(line string) string {
	const space = "\ue000" // as wide, and no space
	words := strings.ReplaceAll(strings.ReplaceAll(line, " ", space), space+"-", " -")
	wrapped := strings.ReplaceAll(strings.TrimSuffix(indent(words), "\n"), space, " ")
	return strings.ReplaceAll(wrapped, "\n", " \\\n  ")
}

// flagsOf returns the flags that a command uses, in the order of the manual.
func flagsOf(c command) (names []string) {
	for _, found := range regexp.MustCompile(`(?m)^  -([a-z-]+)`).FindAllStringSubmatch(usage, -1) {
		if slices.Contains(usersOf(found[1]), c.name) {
			names = append(names, found[1])
		}
	}
	return names
}

// entry returns what the manual says of a command or a flag, with its name, behind a margin.
func entry(name, margin string) string {
	at := regexp.MustCompile(`(?m)^  ` + regexp.QuoteMeta(name) + `[ =\n]`).FindStringIndex(usage)
	if at == nil {
		return ""
	}
	lines := strings.Split(usage[at[0]:], "\n")
	end := 1
	for strings.HasPrefix(lines[end], "     ") {
		end++
	}
	for i := range lines[:end] {
		lines[i] = margin + strings.TrimPrefix(lines[i], "  ")
	}
	return strings.Join(lines[:end], "\n")
}

// indent wraps text to the screen, behind a margin.
func indent(text string) string {
	var b strings.Builder
	for _, line := range wrap(text, screen-2) {
		b.WriteString("  " + line + "\n")
	}
	return b.String()
}

// version says what this program was built from.
func (s *session) version() error {
	version, commit := "(devel)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				commit = ", commit " + setting.Value
			}
		}
	}
	s.say("govern %s%s, %s %s/%s\n", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
