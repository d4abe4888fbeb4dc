package governance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

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

// FindCustomData returns the target for the round of a review that takes data, by the
// display names of a catalog, of its custom data provided resource, and of a review of
// it. If no round waits for data it is the last that has begun, to be followed. It fails
// with [graph.ErrNotFound] if there is no such object, and with an [*entra.AmbiguousError]
// if there are several.
// Permissions: EntitlementManagement.Read.All and AccessReview.Read.All.
// https://learn.microsoft.com/graph/api/accesspackagecatalog-list-resources
func (c *Client) FindCustomData(ctx context.Context, catalog, resource, review string) (to CustomDataTarget, err error) {
	if to.CatalogID, err = c.named(ctx, "catalog", catalog, packagesPath+"/catalogs", ""); err != nil {
		return to, err
	}
	resources := packagesPath + "/catalogs/" + url.PathEscape(to.CatalogID) + "/resources"
	to.ResourceID, err = c.named(ctx, "custom data provided resource", resource, resources, "CustomDataProvidedResource")
	if err != nil {
		return to, err
	}
	all, err := graph.Collect(opReadReview, c.Reviews(ctx), func(d *ReviewDefinition) string { return d.ID })
	if err != nil {
		return to, err
	}
	all = slices.DeleteFunc(all, func(d *ReviewDefinition) bool {
		return !strings.EqualFold(d.DisplayName, review) || !d.Scope.coversCatalog(to.CatalogID)
	})
	if to.ReviewID, err = only("review of the catalog "+catalog, review, all,
		func(d *ReviewDefinition) string { return d.ID }); err != nil {
		return to, err
	}
	to.InstanceID, err = c.roundForData(ctx, to.ReviewID)
	return to, err
}

// named returns the id of the only object of a listing that has the display name, and
// the originSystem if one is given.
func (c *Client) named(ctx context.Context, kind, name, path, originSystem string) (string, error) {
	type object struct{ ID, OriginSystem string }
	query := graph.EncodeQuery(url.Values{"$filter": {"displayName eq " + match.Literal(name)}})
	found, err := list(ctx, c, opReadPackage, path+"?"+query, func(o object) string { return o.ID })
	if err != nil {
		return "", err
	}
	others := func(o object) bool { return originSystem != "" && !strings.EqualFold(o.OriginSystem, originSystem) }
	return only(kind, name, slices.DeleteFunc(found, others), func(o object) string { return o.ID })
}

// only returns the id of the only object of that name.
func only[T any](kind, name string, found []T, id func(T) string) (string, error) {
	switch len(found) {
	case 0:
		return "", fmt.Errorf("%s %q: %w", kind, name, graph.ErrNotFound)
	case 1:
		return id(found[0]), nil
	}
	return "", ambiguous(kind, name, found, id)
}

func (s ReviewScope) coversCatalog(id string) bool {
	return slices.ContainsFunc(s.ResourceScopes, func(s QueryScope) bool {
		return strings.EqualFold(s.ScopeType, "catalog") && strings.EqualFold(s.ResourceID, id)
	})
}

// roundForData returns the round that waits for data, or else the last that has begun.
func (c *Client) roundForData(ctx context.Context, reviewID string) (string, error) {
	rounds, err := c.ReviewInstances(ctx, reviewID)
	if err != nil {
		return "", err
	}
	for _, round := range rounds {
		if round.Status.Is(ReviewInitializing) {
			return round.ID, nil
		}
	}
	last, err := c.currentRound(ctx, reviewID, nil)
	if err == nil && last == nil {
		err = fmt.Errorf("a round that waits for data: %w; it takes data once its status is %s",
			graph.ErrNotFound, ReviewInitializing)
	}
	if err != nil {
		return "", err
	}
	return last.ID, nil
}

// A CustomDataState says how far an upload has come.
type CustomDataState struct {
	Upload    string       `json:"upload"`    // the status of its session: active, complete or expired; "" if there is none
	Round     ReviewStatus `json:"round"`     // Initializing until the data is read
	Decisions int          `json:"decisions"` // that the data became, once the round has begun
}

// FollowCustomData waits until the round has read its data and begun, at most for a time;
// 0 means that it looks once. The service reads the data up to two hours after the round
// began to wait for it. That a round which still waits is no error.
// Permissions: EntitlementManagement.Read.All and AccessReview.Read.All.
func (c *Client) FollowCustomData(
	ctx context.Context, of CustomDataTarget, wait, interval time.Duration,
) (*CustomDataState, error) {
	for began := time.Now(); ; {
		state, err := c.customDataState(ctx, of)
		if err != nil || !state.Round.Is(ReviewInitializing) || time.Since(began)+interval > wait {
			return state, err
		}
		if err := graph.Sleep(ctx, interval); err != nil {
			return state, err
		}
	}
}

func (c *Client) customDataState(ctx context.Context, of CustomDataTarget) (*CustomDataState, error) {
	session, err := c.findSession(ctx, of, true)
	if err != nil {
		return nil, err
	}
	round, err := c.ReviewInstance(ctx, of.ReviewID, of.InstanceID)
	if err != nil {
		return nil, err
	}
	state := &CustomDataState{Round: round.Status}
	if session != nil {
		state.Upload = session.Status
	}
	if round.Status.Is(ReviewInitializing) {
		return state, nil
	}
	for d, err := range c.ReviewDecisions(ctx, of.ReviewID, of.InstanceID) {
		if err != nil {
			return nil, err
		}
		if d.Resource != nil && strings.EqualFold(d.Resource.ID, of.ResourceID) {
			state.Decisions++
		}
	}
	return state, nil
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
	session, err := c.findSession(ctx, to, false)
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

// findSession returns the round's session; nil if there is none. One that has expired
// counts only where it is asked for, and there is no other.
func (c *Client) findSession(ctx context.Context, to CustomDataTarget, expiredToo bool) (*uploadSession, error) {
	query := graph.EncodeQuery(url.Values{"$filter": {"referenceId eq " + match.Literal(to.InstanceID)}})
	found, err := list(ctx, c, opUploadCustomData, to.sessionsPath()+"?"+query,
		func(s uploadSession) string { return s.ID })
	if err != nil {
		return nil, err
	}
	expired := func(s uploadSession) bool { return strings.EqualFold(s.Status, "expired") }
	if expiredToo && len(found) == 1 {
		return &found[0], nil
	}
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
		if session, err = c.findSession(ctx, to, false); err == nil && session == nil {
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
