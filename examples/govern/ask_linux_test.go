package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
)

func TestIsTerminal(t *testing.T) {
	t.Parallel()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	require.NoError(t, err)
	defer null.Close()
	read, _, err := os.Pipe()
	require.NoError(t, err)
	defer read.Close()
	_, terminal := openTerminal(t)

	assert.True(t, isTerminal(terminal))
	assert.False(t, isTerminal(null), "/dev/null is a character device, yet nobody sits at it")
	assert.False(t, isTerminal(read), "a pipe in CI would be asked, and the job would hang")
	assert.False(t, isTerminal(strings.NewReader("y\n")))
}

func TestConfirm_OnATerminal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typed, reason string
		allowed       bool
	}{
		{"y\n", "a yes", true},
		{"YES\n", "a yes in full", true},
		{"\n", "the default is no", false},
		{"n\n", "a no", false},
		{"yeah, do it\n", "what is not clearly a yes is a no", false},
		{"\x04", "end of input is no yes", false},
	} {
		t.Run(c.reason, func(t *testing.T) {
			t.Parallel()
			person, program := openTerminal(t)
			s := &session{in: program, err: program, tenant: tenant{name: "graph.example"}}
			_, err := io.WriteString(person, c.typed)
			require.NoError(t, err)
			err = s.confirm(t.Context(), "create 12 users")
			if c.allowed {
				assert.NoError(t, err)
			} else {
				assert.Equal(t, exitRefused, statusOf(err), "%v", err)
			}
			program.Close()
			shown, _ := bufio.NewReader(person).ReadString('?')
			assert.Contains(t, shown, "create 12 users in graph.example?")
		})
	}
}

func TestConfirm_IsNotNeeded(t *testing.T) {
	t.Parallel()
	assert.NoError(t, (&session{tenant: tenant{embedded: true}}).confirm(t.Context(), "x"), "the embedded tenant is there to be written to")
	assert.NoError(t, (&session{opts: options{yes: true}}).confirm(t.Context(), "x"))
	err := (&session{in: strings.NewReader("y\n")}).confirm(t.Context(), "x")
	assert.Equal(t, exitRefused, statusOf(err), "a script that pipes something would write without anybody having said so")
}

func TestConfirm_AnInterruptEndsTheQuestion(t *testing.T) {
	t.Parallel()
	_, program := openTerminal(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := (&session{in: program, err: program}).confirm(ctx, "x")
	assert.ErrorIs(t, err, context.DeadlineExceeded, "ctrl-C at the question would hang")
}

func TestRun_AsksOnATerminalAndShowsProgress(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	roster := rows(t, row("ada", ""), row("dee", ""))
	for _, answers := range []struct {
		typed   string
		status  exitStatus
		created int
	}{{"y\nn\n", exitRefused, 1}, {"y\ny\n", exitDone, 0}} {
		person, program := openTerminal(t)
		_, err := io.WriteString(person, answers.typed)
		require.NoError(t, err)
		before := len(c.Users())
		var out strings.Builder
		args := with("run", flow(roster, "-role", "General", "-create", mapping), "-graph", c.url, "-wait", "2s")
		status := run(t.Context(), args, program, &out, program, func(string) string { return secret })
		program.Close()
		shown, _ := io.ReadAll(person) // ends with an error of the terminal
		assert.Equal(t, int(answers.status), status, "%s", shown)
		assert.Equal(t, answers.created, len(c.Users())-before)
		assert.Contains(t, string(shown), "in "+strings.TrimSuffix(strings.TrimPrefix(c.url, "http://"), "/v1.0")+"? [y/N]")
		assert.Contains(t, string(shown), "looking up rows: ", "a long step without a sign of life is taken for a hang")
	}
}

// answerAfter runs the program at a terminal, where something happens while the
// first question stands, and then somebody says yes to it.
func (c company) answerAfter(happens func(), args ...string) result {
	c.t.Helper()
	person, program := openTerminal(c.t)
	screen := bufio.NewReader(person)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		if _, err := screen.ReadString(']'); err == nil {
			happens()
			_, _ = io.WriteString(person, "y\n")
		}
	}()
	var out strings.Builder
	args = append(args, "-graph", c.url, "-wait", "2s")
	status := run(c.t.Context(), args, program, &out, program, func(string) string { return secret })
	program.Close()
	<-answered
	rest, _ := io.ReadAll(screen) // ends with an error of the terminal
	return result{exitStatus(status), out.String(), string(rest)}
}

func TestRegister_WritesWhatWasShown(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	got := c.answerAfter(func() {}, "register", "-app", "CORPDB1", "-role", "General")
	require.Equal(t, exitDone, got.status, got.err)
	for _, step := range []string{"create application", "add role General", "create service principal",
		"require assignment"} {
		assert.Contains(t, got.out, step)
	}
	writes := c.writes()
	require.Len(t, writes, 3, "what was shown, and no more")
	assert.Contains(t, writes[0], "PATCH /applications(uniqueName=")
	assert.Contains(t, writes[1], "PATCH /applications/", "the role and the tag")
	assert.Equal(t, "POST /servicePrincipals", writes[2])
}

func TestRegister_RefusesIfTheApplicationAppearedMeanwhile(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	appears := func() { c.AddApplication(graphfake.Application{DisplayName: "CORPDB1"}) }
	got := c.answerAfter(appears, "register", "-app", "CORPDB1", "-role", "General")
	assert.Equal(t, exitRefused, got.status, "two applications of one name can't be told apart")
	assert.Contains(t, got.err, "CORPDB1 has changed since these steps were shown; run this again to see the new ones")
	assert.Len(t, c.Applications(), 1)
	assert.Empty(t, c.writes())
}

func TestRegister_KeepsARoleThatSomebodyAddedMeanwhile(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.application("CORPDB1", "General")
	added := func() { c.govern("register", "-app", "CORPDB1", "-role", "Approver", "-yes") }
	got := c.answerAfter(added, "register", "-app", "CORPDB1", "-role", "Auditor")
	require.Equal(t, exitDone, got.status, got.err)
	var names []string
	for _, role := range c.Applications()[0].AppRoles {
		names = append(names, role.DisplayName)
	}
	assert.ElementsMatch(t, []string{"General", "Approver", "Auditor"}, names)
}
