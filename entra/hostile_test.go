package entra_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/roster"
)

// Names that others wrote are shown so that a terminal only shows them.
func TestNamesAreShownPrintable(t *testing.T) {
	t.Parallel()
	const evil = "x\x1b[2J\u009b\u202e\u200b\ny"
	header, err := roster.NewHeader(evil, []string{evil})
	require.NoError(t, err)
	role := &assign.AppRole{DisplayName: evil}
	var text strings.Builder
	require.NoError(t, (&entra.RegistrationPlan{DisplayName: evil}).WriteText(&text))
	require.NoError(t, (&entra.RegistrationPlan{Steps: []entra.RegistrationStep{{Kind: entra.StepAddRole, Role: role}}}).WriteText(&text))
	for _, shown := range []string{text.String(),
		entra.UserColumns{"displayName": evil + "2"}.Check(header).Error(),
		(&entra.MissingColumnError{File: evil, Columns: []string{evil}, Attributes: []string{"mail"}}).Error(),
		entra.ApplicationRef{DisplayName: evil}.String(), entra.ApplicationRef{AppID: evil}.String(),
		(&entra.AmbiguousError{Kind: "application", Name: evil}).Error(),
		(&entra.RegistrationError{DisplayName: evil, Role: evil}).Error(),
	} {
		shown = strings.TrimSuffix(strings.ReplaceAll(shown, "to do\n", "to do "), "\n")
		assert.Equal(t, roster.Printable(shown), shown)
	}
}
