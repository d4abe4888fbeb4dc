package graphfake

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
)

// An uploadSession takes the access data of a custom data provided resource,
// for one instance of a review.
// https://learn.microsoft.com/graph/api/resources/customdataprovidedresourceuploadsession
type uploadSession struct {
	resource *resource
	instance *instance
	id       string
	status   string
	created  time.Time
	files    []uploadedFile
	rows     []*uploadRow
}

type uploadedFile struct {
	id, name string
	size     int
	at       time.Time
}

// An uploadRow is a permission that somebody has.
type uploadRow struct {
	resource                        *resource
	principalID                     string
	id, name, description, kind     string // of the permission
	scopeID, scopeName, customValue string
}

// The statuses of sessions.
const (
	sessionActive   = "active"
	sessionComplete = "complete"
	sessionExpired  = "expired"
)

// maxUploads is the number of files that a session takes.
// https://learn.microsoft.com/entra/id-governance/custom-data-resource-access-reviews
const maxUploads = 10

// uploadColumns must be in every file, in any letter case.
var uploadColumns = []string{"principalId", "principalType", "permissionId", "permissionName", "permissionDescription", "permissionType"}

// CustomResource finds a custom data provided resource of a catalog.
func (g *service) CustomResource(catalogID, id string, now time.Time) (*resource, error) {
	c, err := g.Catalog(catalogID)
	if err != nil {
		return nil, err
	}
	r, err := c.Resource(id, now)
	if err == nil && r.system != FromCustomData {
		err = badPackage("The resource %s is not a custom data provided resource.", r.id)
	}
	return r, err
}

// AddSession opens the only session for an instance and a resource, while the
// instance waits for data.
func (g *service) AddSession(r *resource, body map[string]any, now time.Time) (*uploadSession, error) {
	const kind = "#microsoft.graph.customDataProvidedResourceAccessReviewUploadSession"
	data := field.Object(body, "data")
	id := field.Text(data, "reviewInstanceId")
	i, err := g.AnyInstance(id)
	switch {
	case !strings.EqualFold(field.Text(body, "@odata.type"), kind):
		return nil, badPackage("The @odata.type of the upload session is required.")
	case err != nil || !strings.EqualFold(i.review.id, field.Text(data, "reviewDefinitionId")) || i.terms.resource != r.catalog.id:
		return nil, badPackage("The access review instance '%s' is not one of a review of this catalog.", id)
	case i.status != initializing:
		return nil, badPackage("The access review instance %s is %s and takes no data.", i.id, i.status)
	case slices.ContainsFunc(r.sessions, func(s *uploadSession) bool { return s.instance == i }):
		return nil, badPackage("An upload session for this resource and access review instance exists.")
	}
	s := &uploadSession{resource: r, instance: i, id: g.NewID(), status: sessionActive, created: now}
	r.sessions = append(r.sessions, s)
	return s, nil
}

// Session finds a session of the resource.
func (r *resource) Session(id string) (*uploadSession, error) {
	return find(r.sessions, func(s *uploadSession) string { return s.id }, "upload session", id)
}

// OpenSession finds a session that still takes data.
func (r *resource) OpenSession(id string) (*uploadSession, error) {
	s, err := r.Session(id)
	if err == nil && s.status != sessionActive {
		err = badPackage("The upload session %s is %s.", s.id, s.status)
	}
	return s, err
}

// Finish completes a session: isUploadDone is the only change there is.
func (s *uploadSession) Finish(body map[string]any) error {
	if !field.Bool(body, "isUploadDone") {
		return badPackage("isUploadDone can only be set to true.")
	}
	s.status = sessionComplete
	return nil
}

// DeleteSession forgets a session and what was uploaded.
func (r *resource) DeleteSession(s *uploadSession) {
	r.sessions = slices.DeleteFunc(r.sessions, func(x *uploadSession) bool { return x == s })
}

// Add takes one file. What it refuses in a file is believed; rows about nobody
// in the directory are left out when the review begins.
func (s *uploadSession) Add(id, name string, content []byte, now time.Time) error {
	if len(s.files) >= maxUploads {
		return badPackage("An upload session takes %d files at most.", maxUploads)
	}
	rows, err := readUpload(s.resource, content)
	if err != nil {
		return err
	}
	s.rows = append(s.rows, rows...)
	s.files = append(s.files, uploadedFile{id, name, len(content), now})
	return nil
}

func readUpload(r *resource, content []byte) ([]*uploadRow, error) {
	records, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff")))).ReadAll()
	if err != nil || len(records) == 0 {
		return nil, badPackage("The file is not a CSV file.")
	}
	column := map[string]int{}
	for i, name := range records[0] {
		column[strings.ToLower(strings.TrimSpace(name))] = i
	}
	for _, name := range uploadColumns {
		if _, ok := column[strings.ToLower(name)]; !ok {
			return nil, badPackage("The file lacks the column %s.", name)
		}
	}
	var rows []*uploadRow
	for n, record := range records[1:] {
		get := func(name string) string {
			if i, ok := column[strings.ToLower(name)]; ok {
				return record[i]
			}
			return ""
		}
		for _, name := range uploadColumns {
			if get(name) == "" {
				return nil, badPackage("Row %d has no value in the column %s.", n+1, name)
			}
		}
		rows = append(rows, &uploadRow{r, get("principalId"), get("permissionId"), get("permissionName"), get("permissionDescription"), get("permissionType"),
			get("scopeId"), get("scopeDisplayName"), get("customData")})
	}
	return rows, nil
}
