package governance

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/roster"
)

// customDataColumns are the columns that Microsoft's article calls mandatory.
// https://learn.microsoft.com/entra/id-governance/custom-data-resource-access-reviews
var customDataColumns = []string{"PrincipalId", "PrincipalType", "PermissionId", "PermissionName",
	"PermissionDescription", "PermissionType", "ScopeId", "ScopeDisplayName", "EntitlementOwners_Users",
	"EntitlementOwners_Groups", "CustomData"}

// sampleColumns are the columns in the sample of Graph's page about the upload.
// https://learn.microsoft.com/graph/api/customdataprovidedresourceuploadsession-uploadfile
var sampleColumns = []string{"principalId", "principalType", "permissionId", "permissionName",
	"permissionDescription", "permissionType"}

// CustomDataOptions are the options of [WriteCustomData].
type CustomDataOptions struct {
	// AsGraphSample writes the six columns in camelCase and the principal type
	// user, as the sample of Graph's page has them. The default is the eleven
	// columns of Microsoft's article, and EntraIdUser. Which of them the service
	// refuses is documented nowhere.
	AsGraphSample bool
	// PrincipalType is the type of all principals; "" means the form's own.
	PrincipalType string
	// PermissionType is the type of all permissions, for reviewers; "" means Role.
	PermissionType string
	// ScopeID and ScopeDisplayName say where all permissions hold, such as a
	// database; they may be empty.
	ScopeID, ScopeDisplayName string
	// OwnerUsers and OwnerGroups are who reviews if the resource's owners do, as
	// the file takes them; they may be empty.
	OwnerUsers, OwnerGroups string
	// Facts, if set, returns what the list says of a want's row. What several rows say
	// of one user and role is put together.
	Facts func(assign.Want) CustomDataFacts
}

// CustomDataFacts are what the list says of a row. That the file takes object ids, and
// several of them with semicolons between, is believed, not verified.
type CustomDataFacts struct {
	OwnerUsers string // object ids of users, before those of CustomDataOptions
	Text       string // for reviewers, such as "Account: ADA1; Status: active"
}

// columns returns the columns and the principal type of the form that is written.
func (o *CustomDataOptions) columns() (names []string, principalType string, err error) {
	if !o.AsGraphSample {
		return customDataColumns, cmp.Or(o.PrincipalType, "EntraIdUser"), nil
	}
	if o.ScopeID+o.ScopeDisplayName+o.OwnerUsers+o.OwnerGroups != "" || o.Facts != nil {
		return nil, "", errors.New("custom data: the form of Graph's sample has no columns for a scope, owners or facts")
	}
	return sampleColumns, cmp.Or(o.PrincipalType, "user"), nil
}

// WriteCustomData writes who holds what in the application itself as CSV for a
// custom data provided resource. With it a catalog can be reviewed without
// assignments in Entra. There is one line for each user and role, in an order
// that does not depend on that of wants. roles are the application's and need
// not be registered in Entra. A want without a user, or for a role that is not
// in roles, is a [*assign.WantError], and nothing is written.
func WriteCustomData(w io.Writer, wants []assign.Want, roles []assign.AppRole, opts *CustomDataOptions) error {
	opts = cmp.Or(opts, new(CustomDataOptions))
	columns, principalType, err := opts.columns()
	if err != nil {
		return err
	}
	records, err := customDataRecords(wants, roles, principalType, opts)
	if err != nil {
		return err
	}
	header, err := roster.NewHeader("", columns)
	if err != nil {
		return err
	}
	out := roster.NewWriter(w, header, nil, &roster.WriterOptions{Raw: true}) // a program reads it
	for _, record := range records {
		if err := out.Write(roster.NewRow(header, 0, record[:len(columns)])); err != nil {
			return err
		}
	}
	return out.Flush()
}

func customDataRecords(wants []assign.Want, roles []assign.AppRole, principalType string,
	opts *CustomDataOptions) ([][]string, error) {
	var records [][]string
	found := map[string]assign.AppRole{}
	for _, want := range wants {
		if want.PrincipalID == "" {
			return nil, &assign.WantError{Source: want.Source, Err: assign.ErrNoUser}
		}
		role, known := found[want.AppRoleID]
		if !known {
			var err error
			if role, err = assign.RoleByID(roles, want.AppRoleID); err != nil {
				return nil, &assign.WantError{Source: want.Source, PrincipalID: want.PrincipalID, Err: err}
			}
			found[want.AppRoleID] = role
		}
		var facts CustomDataFacts
		if opts.Facts != nil {
			facts = opts.Facts(want)
		}
		records = append(records, []string{strings.ToLower(want.PrincipalID), principalType,
			strings.ToLower(role.ID), role.DisplayName, cmp.Or(role.Description, role.DisplayName),
			cmp.Or(opts.PermissionType, "Role"), opts.ScopeID, opts.ScopeDisplayName,
			cmp.Or(facts.OwnerUsers, opts.OwnerUsers), opts.OwnerGroups, facts.Text})
	}
	slices.SortFunc(records, slices.Compare)
	return together(records), nil
}

// together makes one record of those about one user and role, which differ in what their
// rows say.
func together(records [][]string) (whole [][]string) {
	const owners, text = 8, 10
	for _, record := range records {
		last := len(whole) - 1
		if last < 0 || !slices.Equal(whole[last][:owners], record[:owners]) {
			whole = append(whole, record)
			continue
		}
		for _, i := range []int{owners, text} {
			if !slices.Contains(strings.Split(whole[last][i], "; "), record[i]) && record[i] != "" {
				whole[last][i] = strings.TrimPrefix(whole[last][i]+"; "+record[i], "; ")
			}
		}
	}
	return whole
}
