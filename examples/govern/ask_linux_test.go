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
