package graphfake

import (
	"bytes"
	"encoding/csv"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
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

// https://learn.microsoft.com/graph/api/accesspackageresource-list-uploadsessions
func listSessions(rq *request, g *governance) (response, *graphError) {
	r, err := g.customResource(rq)
	if err != nil {
		return response{}, err
	}
	c := collection{set: r.sessionSet(), filterable: []string{"status", "referenceId"}, expandable: []string{"files"}}
	return rq.govList(over(c, r.sessions, (*uploadSession).entity))
}

func (r *resource) sessionSet() string {
	return catalogSet + "('" + r.catalog.id + "')/resources('" + r.id + "')/uploadSessions"
}

func (g *governance) customResource(rq *request) (*resource, *graphError) {
	c, err := g.catalog(rq.param("catalog").Value)
	if err != nil {
		return nil, err
	}
	r, err := c.resource(rq.param("resource").Value, time.Now())
	if err == nil && r.system != fromCustomData {
		err = badEntitlement("The resource %s is not a custom data provided resource.", r.id)
	}
	return r, err
}

// createSession opens the only session for an instance and a resource, while
// the instance waits for data.
// https://learn.microsoft.com/graph/api/accesspackageresource-post-uploadsessions
func createSession(rq *request, g *governance) (response, *graphError) {
	r, err := g.customResource(rq)
	if err != nil {
		return response{}, err
	}
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	data, _ := body["data"].(map[string]any)
	i := g.anyInstance(field.Text(data, "reviewInstanceId"))
	switch {
	case !strings.EqualFold(field.Text(body, "@odata.type"), "#microsoft.graph.customDataProvidedResourceAccessReviewUploadSession"):
		return response{}, badEntitlement("The @odata.type of the upload session is required.")
	case i == nil || !strings.EqualFold(i.review.id, field.Text(data, "reviewDefinitionId")) || i.terms.resource != r.catalog.id:
		return response{}, badEntitlement("The access review instance '%s' is not one of a review of this catalog.", field.Text(data, "reviewInstanceId"))
	case i.status != initializing:
		return response{}, badEntitlement("The access review instance %s is %s and takes no data.", i.id, i.status)
	case slices.ContainsFunc(r.sessions, func(s *uploadSession) bool { return s.instance == i }):
		return response{}, badEntitlement("An upload session for this resource and access review instance exists.")
	}
	s := &uploadSession{resource: r, instance: i, id: g.s.newID(), status: sessionActive, created: time.Now()}
	r.sessions = append(r.sessions, s)
	return rq.govOne(http.StatusCreated, r.sessionSet(), s.withFiles())
}

// https://learn.microsoft.com/graph/api/customdataprovidedresourceuploadsession-get
func getSession(rq *request, g *governance) (response, *graphError) {
	s, err := g.session(rq)
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, s.resource.sessionSet(), s.entity())
}

func (g *governance) session(rq *request) (*uploadSession, *graphError) {
	r, err := g.customResource(rq)
	if err != nil {
		return nil, err
	}
	id := rq.param("session").Value
	for _, s := range r.sessions {
		if strings.EqualFold(s.id, id) {
			return s, nil
		}
	}
	return nil, notInGovernance("upload session", id)
}

// open returns the session if it still takes data.
func (g *governance) openSession(rq *request) (*uploadSession, *graphError) {
	s, err := g.session(rq)
	if err == nil && s.status != sessionActive {
		err = badEntitlement("The upload session %s is %s.", s.id, s.status)
	}
	return s, err
}

// finishSession sets isUploadDone, which is the only change there is.
// https://learn.microsoft.com/graph/api/customdataprovidedresourceuploadsession-update
func finishSession(rq *request, g *governance) (response, *graphError) {
	s, err := g.openSession(rq)
	if err != nil {
		return response{}, err
	}
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	if !field.Bool(body, "isUploadDone") {
		return response{}, badEntitlement("isUploadDone can only be set to true.")
	}
	s.status = sessionComplete
	return rq.govOne(http.StatusOK, s.resource.sessionSet(), s.withFiles())
}

// https://learn.microsoft.com/graph/api/accesspackageresource-delete-uploadsessions
func deleteSession(rq *request, g *governance) (response, *graphError) {
	s, err := g.openSession(rq)
	if err != nil {
		return response{}, err
	}
	s.resource.sessions = slices.DeleteFunc(s.resource.sessions, func(x *uploadSession) bool { return x == s })
	return noContent(), nil
}

// uploadFile takes one file. What it refuses in a file is believed; rows about
// nobody in the directory are left out when the review begins.
// https://learn.microsoft.com/graph/api/customdataprovidedresourceuploadsession-uploadfile
func uploadFile(rq *request, g *governance) (response, *graphError) {
	s, err := g.openSession(rq)
	if err != nil {
		return response{}, err
	}
	name, content, err := rq.file()
	if err != nil {
		return response{}, err
	}
	if len(s.files) >= maxUploads {
		return response{}, badEntitlement("An upload session takes %d files at most.", maxUploads)
	}
	rows, err := readUpload(s.resource, content)
	if err != nil {
		return response{}, err
	}
	s.rows = append(s.rows, rows...)
	s.files = append(s.files, uploadedFile{g.s.newID(), name, len(content), time.Now()})
	return rq.govOne(http.StatusOK, s.resource.sessionSet(), s.withFiles())
}

// file returns the part of a multipart body that is called file.
func (rq *request) file() (name string, content []byte, bad *graphError) {
	kind, params, err := mime.ParseMediaType(rq.header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return "", nil, malformed("The body must be multipart/form-data.")
	}
	parts := multipart.NewReader(bytes.NewReader(rq.body), params["boundary"])
	for {
		part, err := parts.NextPart()
		if err != nil {
			return "", nil, malformed("The multipart body has no part 'file'.")
		}
		if part.FormName() != "file" {
			continue
		}
		if content, err = io.ReadAll(part); err != nil {
			return "", nil, malformed("The multipart body is not complete.")
		}
		return part.FileName(), content, nil
	}
}

func readUpload(r *resource, content []byte) ([]*uploadRow, *graphError) {
	records, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff")))).ReadAll()
	if err != nil || len(records) == 0 {
		return nil, badEntitlement("The file is not a CSV file.")
	}
	column := map[string]int{}
	for i, name := range records[0] {
		column[strings.ToLower(strings.TrimSpace(name))] = i
	}
	for _, name := range uploadColumns {
		if _, ok := column[strings.ToLower(name)]; !ok {
			return nil, badEntitlement("The file lacks the column %s.", name)
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
				return nil, badEntitlement("Row %d has no value in the column %s.", n+1, name)
			}
		}
		rows = append(rows, &uploadRow{r, get("principalId"), get("permissionId"), get("permissionName"), get("permissionDescription"), get("permissionType"),
			get("scopeId"), get("scopeDisplayName"), get("customData")})
	}
	return rows, nil
}

func (s *uploadSession) entity() entity {
	bytes := 0
	for _, f := range s.files {
		bytes += f.size
	}
	return entity{
		{"@odata.type", "#microsoft.graph.customDataProvidedResourceAccessReviewUploadSession"},
		{"id", s.id}, {"referenceId", s.instance.id}, {"status", s.status}, {"isUploadDone", s.status == sessionComplete}, {"createdDateTime", stampOrNil(s.created)},
		{"stats", entity{{"filesUploaded", len(s.files)}, {"totalBytesUploaded", bytes}}},
		{"data", entity{{"@odata.type", "#microsoft.graph.customDataProvidedResourcePayloads.accessReviewContextData"},
			{"reviewDefinitionId", s.instance.review.id}, {"reviewInstanceId", s.instance.id}}},
		{"files", nav(s.fileEntities)},
	}
}

func (s *uploadSession) fileEntities() any {
	return renderAll(s.files, func(f uploadedFile) entity {
		return entity{{"id", f.id}, {"name", f.name}, {"size", f.size}, {"uploadedDateTime", stampOrNil(f.at)}}
	})
}

// withFiles renders the session with its files, as answers to writes have it.
func (s *uploadSession) withFiles() entity {
	e := s.entity()
	e[len(e)-1].value = s.fileEntities()
	return e
}

// entity renders the resource that a decision is about.
// https://learn.microsoft.com/graph/api/resources/accessreviewinstancedecisionitemcustomdataprovidedresource
func (u *uploadRow) entity() entity {
	return entity{
		{"@odata.type", "#microsoft.graph.accessReviewInstanceDecisionItemCustomDataProvidedResource"},
		{"id", u.resource.id}, {"displayName", u.resource.name}, {"description", u.resource.description}, {"type", "CustomDataProvidedResource"},
		{"scopeId", textOrNil(u.scopeID)}, {"scopeDisplayName", textOrNil(u.scopeName)}, {"customData", textOrNil(u.customValue)},
	}
}

func (u *uploadRow) permission() entity {
	return entity{{"id", u.id}, {"displayName", u.name}, {"description", u.description}, {"type", u.kind}}
}
