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
// started over, and one that was finished is [graph.ErrExists].
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

// findSession returns the round's session; nil if there is none.
func (c *Client) findSession(ctx context.Context, to CustomDataTarget) (*uploadSession, error) {
	query := graph.EncodeQuery(url.Values{"$filter": {"referenceId eq " + match.Literal(to.InstanceID)}})
	found, err := list(ctx, c, opUploadCustomData, to.sessionsPath()+"?"+query,
		func(s uploadSession) string { return s.ID })
	if len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

func (c *Client) createSession(ctx context.Context, to CustomDataTarget) (*uploadSession, error) {
	body := map[string]any{"@odata.type": "#microsoft.graph.customDataProvidedResourceAccessReviewUploadSession",
		"data": map[string]any{
			"@odata.type":        "#microsoft.graph.customDataProvidedResourcePayloads.accessReviewContextData",
			"reviewDefinitionId": to.ReviewID, "reviewInstanceId": to.InstanceID,
		}}
	var found *uploadSession
	look := func(ctx context.Context) (there bool, err error) {
		found, err = c.findSession(ctx, to)
		return found != nil, err
	}
	created := new(uploadSession)
	err := c.conn.Do(ctx, graph.Request{Op: opUploadCustomData, Method: http.MethodPost, Path: to.sessionsPath(),
		Body: body, Settle: look}, created)
	if err == nil && found == nil && created.ID == "" {
		err = lookFor(ctx, opUploadCustomData, look)
	}
	if found != nil {
		return found, err
	}
	return created, err
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

// customDataColumns are the columns that an upload must have.
// https://learn.microsoft.com/entra/id-governance/custom-data-resource-access-reviews
var customDataColumns = []string{"PrincipalId", "PrincipalType", "PermissionId", "PermissionName",
	"PermissionDescription", "PermissionType"}

// CustomDataOptions are the options of [WriteCustomData].
type CustomDataOptions struct {
	// PrincipalType is the type of all principals; "" means EntraIdUser. Samples
	// of Microsoft's write user instead.
	PrincipalType string
	// PermissionType is the type of all permissions, for reviewers; "" means Role.
	PermissionType string
}

// WriteCustomData writes who holds what in the application itself as CSV for a
// custom data provided resource. With it a catalog can be reviewed without
// assignments in Entra. There is one line for each user and role, in an order
// that does not depend on that of wants. roles are the application's and need
// not be registered in Entra. A want without a user, or for a role that is not
// in roles, is a [*assign.WantError], and nothing is written.
func WriteCustomData(w io.Writer, wants []assign.Want, roles []assign.AppRole, opts *CustomDataOptions) error {
	records, err := customDataRecords(wants, roles, cmp.Or(opts, new(CustomDataOptions)))
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

func customDataRecords(wants []assign.Want, roles []assign.AppRole, opts *CustomDataOptions) ([][]string, error) {
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
		records = append(records, []string{strings.ToLower(want.PrincipalID), cmp.Or(opts.PrincipalType, "EntraIdUser"),
			strings.ToLower(role.ID), role.DisplayName, cmp.Or(role.Description, role.DisplayName),
			cmp.Or(opts.PermissionType, "Role")})
	}
	slices.SortFunc(records, slices.Compare)
	return slices.CompactFunc(records, slices.Equal), nil
}
