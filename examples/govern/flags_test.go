package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCommandLine_ThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	const flow = "-roster r.csv -match Email=mail -app X -role General"
	for _, c := range []struct{ args, want string }{
		{"-app X", "the command comes before its flags; the commands are profile, match, create-users, register, plan, apply, verify, run, package, preflight, review, customdata, status, revocations, history, undo; see govern -h"},
		{"mtach", `there is no command "mtach" (did you mean match?); the commands are profile, match, create-users, register, plan, apply, verify, run, package, preflight, review, customdata, status, revocations, history, undo`},
		{"match", "match needs -roster FILE and -match COLUMN=ATTRIBUTE; see govern -h"},
		{"match -roster r.csv", "match needs -match COLUMN=ATTRIBUTE; see govern -h"},
		{"match -roster r.csv -match Email=mail stray", `match does not know what to do with "stray"; see govern -h`},
		{"create-users -roster r.csv -match Email=mail", "create-users needs -create MAPPING; see govern -h"},
		{"register -role General", "register needs -app NAME; see govern -h"},
		{"register -app X", "register needs -role NAME or -role-column COLUMN; see govern -h"},
		{"register -app X -role-column Role", "register needs -roster FILE, as -role-column is one of its columns; see govern -h"},
		{"plan -roster r.csv -match Email=mail -role General", "plan needs -app NAME; see govern -h"},
		{"apply", "apply needs a PLANFILE; see govern -h"},
		{"apply a.json b.json", `apply does not know what to do with "b.json"; see govern -h`},
		{"verify -app X", "verify needs a PLANFILE, or -roster, -match, -app and -role or -role-column; see govern -h"},
		{"run -roster r.csv", "run needs -match COLUMN=ATTRIBUTE, -app NAME and -role NAME or -role-column COLUMN; see govern -h"},
		{"match -frobnicate", "there is no flag -frobnicate"},
		{"match -rooster r.csv", "there is no flag -rooster (did you mean -roster?)"},
		{"match -roster r.csv -match", "flag needs an argument: -match"},
		{"unresolved -roster r.csv", `there is no command "unresolved"; the commands are COMMANDS`},
		{"revocation", `there is no command "revocation" (did you mean revocations?); the commands are COMMANDS`},
		{"help mach", `there is no command "mach" (did you mean match?); the commands are COMMANDS`},
		{"undo -app X -journal j", "undo needs the number of a RUN; see govern -h"},
		{"revocations", "revocations needs -journal FILE; see govern -h"},
		{"plan " + flow + " -cloud us", "-cloud says where your tenant of -live is; give -live too"},
		{"plan " + flow + " -live -cloud usa", `there is no cloud "usa" (did you mean us?); -cloud takes global, us, us-dod or china, and -graph URL any other`},
		{"apply x.json -detailed-exitcode", "apply does not use -detailed-exitcode; plan does"},
		{"match -roster r.csv -match Email=mail -app X", "match uses -app only with -decisions or -worklist"},
		{"review -app X -reviewer x -every fortnight", `invalid value "fortnight" for flag -every: want weeks or months, such as 2w or 3m`},
		{"match -match Email", `invalid value "Email" for flag -match: want COLUMN=ATTRIBUTE, such as Email=userPrincipalName`},
		{"match -match Email=user-name", `invalid value "Email=user-name" for flag -match: "user-name" is no attribute of a user; want one such as userPrincipalName, mail or employeeId`},
		{"match -match Email=mail(trimm)", `invalid value "Email=mail(trimm)" for flag -match: "trimm" rewrites nothing; want trim, address, claim, NFC, without domain, without tag, without zeros, or OLD>NEW for a domain`},
		{"match -match Email=(trim)", `invalid value "Email=(trim)" for flag -match: want COLUMN=ATTRIBUTE, such as Email=userPrincipalName`},
		{"run -create displayName=Name", `invalid value "displayName=Name" for flag -create: column mapping: no column is given for userPrincipalName; a new user needs displayName, userPrincipalName, mailNickname`},
		{"run -remove all", `invalid value "all" for flag -remove: want nothing, unlisted or ours`},
		{"run -max-removal-share 150%", `invalid value "150%" for flag -max-removal-share: want a share that is more than 0, such as 5% or 0.05; 100% is no limit`},
		{"revocations -journal x -servicenow https://x -ticket-field urgency", `invalid value "urgency" for flag -ticket-field: want FIELD=VALUE, such as assignment_group=Access`},
		{"revocations -journal x -webhook https://x -servicenow https://x", "-webhook and -servicenow are two receivers of the same tickets; give one of them"},
		{"run -wait soon", `invalid value "soon" for flag -wait: want a time with its unit, such as 90s or 5m`},
		{"run -timeout 30", `invalid value "30" for flag -timeout: want a time with its unit, such as 90s or 5m`},
		{"run -min-holders two", `invalid value "two" for flag -min-holders: want a number`},
		{"run -yes=ja", `invalid boolean value "ja" for -yes: want true or false`},
		{"help match plan", "help takes one command"},
		{"run " + flow + " -role-column Role", "-role and -role-column are two answers to one question; give one of them"},
		{"run " + flow + " -app-id 1", "-app and -app-id name one application twice; give one of them"},
		{"run " + flow + " -live -graph https://graph.microsoft.com", "-graph and -live are two tenants; give one of them"},
		{"run " + flow + " -max-removals 3", "limits of removals mean nothing without -remove unlisted or ours"},
		{"run " + flow + " -wait -1s", "-wait is how long to look for what was written, and must be more than 0"},
		{"run " + flow + " -wait 0", "-wait is how long to look for what was written, and must be more than 0"},
		{"run " + flow + " -timeout -1s", "-timeout cannot be less than 0"},
		{"run " + flow + " -graph graph.microsoft.com", "-graph wants a URL such as https://graph.microsoft.com/v1.0; the token belongs in GRAPH_TOKEN"},
		{"run " + flow + " -graph https://u:SECRET@graph.microsoft.com", "-graph wants a URL such as https://graph.microsoft.com/v1.0; the token belongs in GRAPH_TOKEN"},
		{"run " + flow + " -graph http://graph.example", `-graph: endpoint "http://graph.example" must use https; http is for loopback addresses only`},
	} {
		t.Run(c.args, func(t *testing.T) {
			t.Parallel()
			got := govern(t, map[string]string{"GRAPH_TOKEN": "SECRET"}, strings.Fields(c.args)...)
			assert.Equal(t, "govern: "+strings.ReplaceAll(c.want, "COMMANDS", commandNames())+"\n", got.err)
			assert.Equal(t, exitUsage, got.status)
			assert.Empty(t, got.out)
		})
	}
}

// What is wrong in a file is said before the tenant is asked anything.
func TestMistakesInFiles_AreOneLine(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	const list = "Login,Email,Role\nada,ada@contoso.example,General\n"
	for _, test := range []struct{ list, args, want string }{
		{list, "match -match Emial=mail", `lacks "Emial"; it has "Login", "Email", "Role" (did you mean Email?)`},
		{list, "match -match Email=employeId", `-match (did you mean employeeId?): users can't be looked up by "employeId"`},
		{list, "match -match Email=accountEnabled", `users can't be looked up by "accountEnabled": it is not a text`},
		{list, "plan -match Email=mail -app X -role-column Rolle", `lacks "Rolle"; it has "Login", "Email", "Role" (did you mean Role?)`},
		{list, "run -match Email=mail -app X -role General -decisions DIR/none.csv", "cannot read DIR/none.csv: no such file or directory"},
		{list, "run -match Email=mail -app X -role General -exclude DIR/none.csv", "cannot read DIR/none.csv: no such file or directory"},
		{list, "run -match Email=mail -app X -role General -journal DIR/j -account Logn", `lacks "Logn"; it has "Login", "Email", "Role" (did you mean Login?)`},
		{list, "create-users -match Email=mail -create displayName=Name,userPrincipalName=Email,mailNickname=Login", `no column Name (for displayName); its columns are Login, Email, Role`},
		{"", "match -match Email=mail", "is empty"},
	} {
		dir := t.TempDir()
		args := strings.Fields(strings.ReplaceAll(test.args, "DIR", dir))
		got := c.govern(append(args, "-roster", file(t, "users.csv", test.list))...)
		assert.NotEqual(t, exitDone, got.status, test.args)
		assert.Contains(t, got.err, strings.ReplaceAll(test.want, "DIR", dir), test.args)
		assert.Equal(t, 1, strings.Count(got.err, "\n"), got.err)
		assert.Empty(t, c.Requests(), "%s: the tenant was asked although a file is wrong", test.args)
	}
}

func TestGraphToken_IsAskedForAndNeverShown(t *testing.T) {
	t.Parallel()
	args := strings.Fields("match -roster r.csv -match Email=mail -graph http://127.0.0.1:1")
	got := govern(t, nil, args...)
	assert.Equal(t, exitUsage, got.status)
	assert.Equal(t, "govern: -graph needs a bearer token in the variable GRAPH_TOKEN; for a stand-in on loopback any word will do\n", got.err)

	got = govern(t, map[string]string{"GRAPH_TOKEN": "SECRET\nX-Other: header"}, args...)
	assert.Equal(t, exitUsage, got.status)
	assert.NotContains(t, got.err, "SECRET")
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"-h", "--help", "help"} {
		got := govern(t, nil, strings.Fields(args)...)
		assert.Equal(t, result{exitDone, usage, ""}, got, args)
	}
	for _, c := range commands() {
		got := govern(t, nil, c.name, "-h")
		assert.Equal(t, exitDone, got.status)
		assert.Equal(t, got, govern(t, nil, "help", c.name))
		lines := strings.Split(strings.TrimSuffix(got.out, "\n"), "\n")
		assert.True(t, len(lines) >= 15 && len(lines) <= 30, "%d lines, which is too little, or more than a screen:\n%s", len(lines), got.out)
		for _, line := range lines {
			assert.LessOrEqual(t, columns(line), screen, line)
		}
		assert.Contains(t, got.out, "for example:\n  govern "+c.name, c.name)
		assert.NotRegexp(t, `\\\n *[^- ]`, got.out, "a flag and its value stand on one line")
		if slices.Contains(usersOf("out"), c.name) {
			assert.Contains(t, unwrapped(entry("-out", "")), c.name, "what it writes is not said")
		}
		for _, name := range flags() {
			if slices.Contains(usersOf(name), c.name) {
				assert.Regexp(t, `-`+name+`[ ,=\n]`, got.out, "nobody finds a flag that -h does not name")
			}
		}
	}
	assert.Contains(t, govern(t, nil, "help", "mach").err, "did you mean match?")
	assert.Regexp(t, `^govern .*go1\.`, govern(t, nil, "version").out)
}

func TestFlagsAndArguments_MayBeMixed(t *testing.T) {
	t.Parallel()
	s := &session{}
	c, err := findCommand("apply")
	assert.NoError(t, err)
	assert.NoError(t, s.parse(c, []string{"-yes", "X.plan.json", "-json"}))
	assert.Equal(t, []string{"X.plan.json"}, s.opts.args)
	assert.True(t, s.opts.json && s.opts.yes)
}
