package assign

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

// customDataColumns are the columns that an upload must have.
// https://learn.microsoft.com/entra/id-governance/custom-data-resource-access-reviews
var customDataColumns = []string{"PrincipalId", "PrincipalType",
	"PermissionId", "PermissionName", "PermissionDescription", "PermissionType"}

// CustomDataOptions are the options of [WriteCustomData].
type CustomDataOptions struct {
	// PrincipalType is the kind of all principals; "" = EntraIdUser. Samples of
	// Microsoft's write user instead.
	PrincipalType string
	// PermissionType is the kind of all permissions, for reviewers; "" = Role.
	PermissionType string
}

// WriteCustomData writes who holds what in the application itself, as the CSV of a
// custom data provided resource. With it a catalog can be reviewed without
// assignments in Entra. There is one line for each user and role, sorted, whatever
// the order of wants. The application's roles need not be registered in Entra. A
// want without a user, or for a role that is not among them, is a [*WantError],
// and nothing is written.
func WriteCustomData(w io.Writer, wants []Want, roles []AppRole, opts *CustomDataOptions) error {
	if opts == nil {
		opts = new(CustomDataOptions)
	}
	records, err := customDataRecords(wants, roles, opts)
	if err != nil {
		return err
	}
	header, err := roster.NewHeader("", customDataColumns)
	if err != nil {
		return err
	}
	out := roster.NewWriter(w, header, nil, &roster.WriterOptions{Raw: true}) // a program reads it
	for _, record := range records {
		if err := out.Write(roster.NewRow(header, 0, record)); err != nil {
			return err
		}
	}
	return out.Flush()
}

func customDataRecords(wants []Want, roles []AppRole, opts *CustomDataOptions) ([][]string, error) {
	found := make(map[string]AppRole)
	var records [][]string
	for _, want := range wants {
		if want.PrincipalID == "" {
			return nil, &WantError{Source: want.Source, Err: ErrNoUser}
		}
		role, known := found[want.AppRoleID]
		if !known {
			var err error
			if role, err = RoleByID(roles, want.AppRoleID); err != nil {
				return nil, &WantError{Source: want.Source, PrincipalID: want.PrincipalID, Err: err}
			}
			found[want.AppRoleID] = role
		}
		records = append(records, []string{strings.ToLower(want.PrincipalID), cmp.Or(opts.PrincipalType, "EntraIdUser"),
			strings.ToLower(role.ID), role.DisplayName, cmp.Or(role.Description, role.DisplayName),
			cmp.Or(opts.PermissionType, "Role")})
	}
	slices.SortFunc(records, func(a, b []string) int { return slices.Compare(a, b) })
	return slices.CompactFunc(records, func(a, b []string) bool { return slices.Equal(a, b) }), nil
}
