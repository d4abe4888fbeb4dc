package governance

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// A CustomDataTarget is where an application's own permissions are uploaded to:
// a custom data provided resource of a catalog, for one round of a review of
// that catalog.
// https://learn.microsoft.com/entra/id-governance/custom-data-resource-access-reviews
type CustomDataTarget struct {
	CatalogID  string
	ResourceID string // of the custom data provided resource
	ReviewID   string
	InstanceID string // of the round
}

func (t CustomDataTarget) sessionsPath() string {
	return packagesPath + "/catalogs/" + url.PathEscape(t.CatalogID) +
		"/resources/" + url.PathEscape(t.ResourceID) + "/uploadSessions"
}

func (t CustomDataTarget) sessionPath(id string) string {
	return t.sessionsPath() + "/" + url.PathEscape(id)
}

// A CustomDataFile is one file to upload, as [WriteCustomData] writes it.
type CustomDataFile struct {
	Name string // such as "permissions.csv"
	CSV  []byte
}

// maxCustomDataFiles is how many files a round takes.
const maxCustomDataFiles = 10

// UploadCustomData uploads one to ten files for one round of a review and
// finishes the upload. It works only while the round is initializing, which
// takes two hours. It is safe to repeat: an upload that was left unfinished is
// started over, one that expired is replaced, and one that was finished is
// [graph.ErrExists]. If it stays unclear whether a session was opened, the error
// is [graph.ErrUnclear]; run again in a few minutes.
// Permission: EntitlementManagement.ReadWrite.All.
// https://learn.microsoft.com/graph/api/resources/customdataprovidedresourceuploadsession
func (c *Client) UploadCustomData(ctx context.Context, to CustomDataTarget, files []CustomDataFile) error {
	if len(files) == 0 || len(files) > maxCustomDataFiles {
		return fmt.Errorf("upload custom data: there are %d files, and a round takes 1 to %d", len(files), maxCustomDataFiles)
	}
	session, err := c.openSession(ctx, to)
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := c.uploadFile(ctx, to.sessionPath(session.ID), file); err != nil {
			return fmt.Errorf("custom data file %s: %w", roster.Printable(file.Name), err)
		}
	}
	return c.conn.Do(ctx, graph.Request{Op: opUploadCustomData, Method: http.MethodPatch,
		Path: to.sessionPath(session.ID), Body: map[string]any{"isUploadDone": true}, Idempotent: true}, nil)
}

type uploadSession struct {
	ID           string
	Status       string // active, complete or expired
	IsUploadDone *bool
	Stats        struct{ FilesUploaded *int }
}

// openSession returns an open session without files.
func (c *Client) openSession(ctx context.Context, to CustomDataTarget) (*uploadSession, error) {
	session, err := c.findSession(ctx, to)
	switch {
	case err != nil:
		return nil, err
	case session == nil:
		return c.createSession(ctx, to)
	case session.IsUploadDone == nil:
		return nil, opUploadCustomData.Missing("an upload session", "isUploadDone")
	case *session.IsUploadDone:
		return nil, fmt.Errorf("upload custom data: the data of this round %w and can't be replaced", graph.ErrExists)
	case session.Stats.FilesUploaded != nil && *session.Stats.FilesUploaded == 0:
		return session, nil
	}
	err = c.conn.Do(ctx, graph.Request{Op: opUploadCustomData, Method: http.MethodDelete,
		Path: to.sessionPath(session.ID), Idempotent: true}, nil)
	if err != nil && !errors.Is(err, graph.ErrNotFound) {
		return nil, err
	}
	return c.createSession(ctx, to)
}

// findSession returns the round's session; nil if there is none that has not expired.
func (c *Client) findSession(ctx context.Context, to CustomDataTarget) (*uploadSession, error) {
	query := graph.EncodeQuery(url.Values{"$filter": {"referenceId eq " + match.Literal(to.InstanceID)}})
	found, err := list(ctx, c, opUploadCustomData, to.sessionsPath()+"?"+query,
		func(s uploadSession) string { return s.ID })
	if err != nil {
		return nil, err
	}
	expired := func(s uploadSession) bool { return strings.EqualFold(s.Status, "expired") }
	switch found = slices.DeleteFunc(found, expired); len(found) {
	case 0:
		return nil, nil
	case 1:
		return &found[0], nil
	}
	return nil, ambiguous("upload session", "of the round "+to.InstanceID, found,
		func(s uploadSession) string { return s.ID })
}

// createSession opens a session. A session has no key, so that one whose opening
// is unclear is looked for, and not opened again.
func (c *Client) createSession(ctx context.Context, to CustomDataTarget) (*uploadSession, error) {
	body := map[string]any{"@odata.type": "#microsoft.graph.customDataProvidedResourceAccessReviewUploadSession",
		"data": map[string]any{
			"@odata.type":        "#microsoft.graph.customDataProvidedResourcePayloads.accessReviewContextData",
			"reviewDefinitionId": to.ReviewID, "reviewInstanceId": to.InstanceID,
		}}
	session := new(uploadSession)
	sent := c.conn.Do(ctx, graph.Request{Op: opUploadCustomData, Method: http.MethodPost, Path: to.sessionsPath(),
		Body: body}, session)
	if sent == nil && session.ID == "" {
		sent = &graph.Error{Op: opUploadCustomData, Err: fmt.Errorf("%w: the answer holds no session", graph.ErrUnclear)}
	}
	if !errors.Is(sent, graph.ErrUnclear) {
		return session, sent
	}
	err := c.conn.WaitOut(ctx, func() (err error) {
		if session, err = c.findSession(ctx, to); err == nil && session == nil {
			return graph.NotYet(sent)
		}
		return err
	})
	if errors.Is(err, graph.ErrNotReplicated) {
		err = fmt.Errorf("%w; no list shows the session yet, so run again in a few minutes", sent)
	}
	return session, err
}

// uploadFile sends one file. An unclear outcome is an error: the next upload
// starts over with a new session.
func (c *Client) uploadFile(ctx context.Context, session string, file CustomDataFile) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", file.Name)
	if err == nil {
		_, err = part.Write(file.CSV)
	}
	if err := errors.Join(err, form.Close()); err != nil {
		return err
	}
	return c.conn.Do(ctx, graph.Request{Op: opUploadCustomData, Method: http.MethodPost, Path: session + "/uploadFile",
		Body: body.Bytes(), ContentType: form.FormDataContentType()}, nil)
}

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
}

// columns returns the columns and the principal type of the form that is written.
func (o *CustomDataOptions) columns() (names []string, principalType string, err error) {
	if !o.AsGraphSample {
		return customDataColumns, cmp.Or(o.PrincipalType, "EntraIdUser"), nil
	}
	if o.ScopeID+o.ScopeDisplayName+o.OwnerUsers+o.OwnerGroups != "" {
		return nil, "", errors.New("custom data: the form of Graph's sample has no columns for a scope or for owners")
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
		records = append(records, []string{strings.ToLower(want.PrincipalID), principalType,
			strings.ToLower(role.ID), role.DisplayName, cmp.Or(role.Description, role.DisplayName),
			cmp.Or(opts.PermissionType, "Role"), opts.ScopeID, opts.ScopeDisplayName, opts.OwnerUsers, opts.OwnerGroups, ""})
	}
	slices.SortFunc(records, slices.Compare)
	return slices.CompactFunc(records, slices.Equal), nil
}
