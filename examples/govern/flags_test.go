package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCommandLine_ThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	const flow = "-roster r.csv -match Email=mail -app X -role General"
	for _, c := range []struct{ args, want string }{
		{"-app X", "the command comes before its flags; the commands are profile, match, create-users, register, plan, apply, verify, run, preflight, review, status, revocations, history, undo; see govern -h"},
		{"mtach", `there is no command "mtach" (did you mean match?); the commands are profile, match, create-users, register, plan, apply, verify, run, preflight, review, status, revocations, history, undo`},
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
		{"match -match Email", `invalid value "Email" for flag -match: want COLUMN=ATTRIBUTE, such as Email=userPrincipalName`},
		{"match -match Email=user-name", `invalid value "Email=user-name" for flag -match: "user-name" is no attribute of a user; want one such as userPrincipalName, mail or employeeId`},
		{"run -create displayName=Name", `invalid value "displayName=Name" for flag -create: column mapping: no column is given for userPrincipalName; a new user needs displayName, userPrincipalName, mailNickname`},
		{"run -remove all", `invalid value "all" for flag -remove: want nothing, unlisted or ours`},
		{"run -max-removal-share 150%", `invalid value "150%" for flag -max-removal-share: want a share that is more than 0, such as 5% or 0.05; 100% is no limit`},
		{"run -wait soon", `invalid value "soon" for flag -wait: parse error`},
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
			assert.Equal(t, "govern: "+c.want+"\n", got.err)
			assert.Equal(t, exitUsage, got.status)
			assert.Empty(t, got.out)
		})
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
	for _, args := range []string{"-h", "--help", "help", "run -h", "match --help"} {
		got := govern(t, nil, strings.Fields(args)...)
		assert.Equal(t, result{exitDone, usage, ""}, got, args)
	}
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
