package graphfake

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/governance"
)

// https://learn.microsoft.com/graph/api/accesspackageresource-list-uploadsessions
func listSessions(rq *request, g *governanceServer, r *governance.Resource) (response, error) {
	c := collection{set: sessionSet(r), filterable: []string{"status", "referenceId"}, expandable: []string{"files"}}
	return rq.govList(collectionOf(c, r.Sessions, sessionEntity))
}

func (g *governanceServer) customResource(rq *request) (*governance.Resource, error) {
	return g.CustomResource(rq.param("catalog").Value, rq.param("resource").Value, time.Now())
}

func sessionSet(r *governance.Resource) string {
	return catalogSet + "('" + r.Catalog.ID + "')/resources('" + r.ID + "')/uploadSessions"
}

// https://learn.microsoft.com/graph/api/accesspackageresource-post-uploadsessions
func createSession(rq *request, g *governanceServer, body map[string]any) (response, error) {
	r, err := g.customResource(rq)
	if err != nil {
		return response{}, err
	}
	s, err := g.AddSession(r, body, time.Now())
	return reply(rq, http.StatusCreated, sessionSet(r), s, err, sessionWithFiles)
}

// https://learn.microsoft.com/graph/api/customdataprovidedresourceuploadsession-get
func getSession(rq *request, g *governanceServer, r *governance.Resource) (response, error) {
	s, err := r.Session(rq.param("session").Value)
	return reply(rq, http.StatusOK, sessionSet(r), s, err, sessionEntity)
}

// openSession finds the session of the path if it still takes data.
func (g *governanceServer) openSession(rq *request) (*governance.UploadSession, error) {
	r, err := g.customResource(rq)
	if err != nil {
		return nil, err
	}
	return r.OpenSession(rq.param("session").Value)
}

// https://learn.microsoft.com/graph/api/customdataprovidedresourceuploadsession-update
func finishSession(rq *request, g *governanceServer, body map[string]any) (response, error) {
	s, err := g.openSession(rq)
	if err != nil {
		return response{}, err
	}
	if err := s.Finish(body); err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, sessionSet(s.Resource), sessionWithFiles(s))
}

// https://learn.microsoft.com/graph/api/accesspackageresource-delete-uploadsessions
func deleteSession(rq *request, g *governanceServer, s *governance.UploadSession) (response, error) {
	s.Resource.DeleteSession(s)
	return noContent(), nil
}

// https://learn.microsoft.com/graph/api/customdataprovidedresourceuploadsession-uploadfile
func uploadFile(rq *request, g *governanceServer) (response, error) {
	s, err := g.openSession(rq)
	if err != nil {
		return response{}, err
	}
	name, content, err := rq.file()
	if err != nil {
		return response{}, err
	}
	if err := s.Add(g.NewID(), name, content, time.Now()); err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, sessionSet(s.Resource), sessionWithFiles(s))
}

// file returns the part of a multipart body that is called file.
func (rq *request) file() (name string, content []byte, err error) {
	kind, params, badType := mime.ParseMediaType(rq.header.Get("Content-Type"))
	if badType != nil || kind != "multipart/form-data" {
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

func sessionEntity(s *governance.UploadSession) entity {
	bytes := 0
	for _, f := range s.Files {
		bytes += f.Size
	}
	return entity{
		{"@odata.type", "#microsoft.graph.customDataProvidedResourceAccessReviewUploadSession"},
		{"id", s.ID}, {"referenceId", s.Instance.ID}, {"status", s.Status},
		{"isUploadDone", s.Status == governance.SessionComplete}, {"createdDateTime", stampOrNil(s.Created)},
		{"stats", entity{{"filesUploaded", len(s.Files)}, {"totalBytesUploaded", bytes}}},
		{"data", entity{{"@odata.type", "#microsoft.graph.customDataProvidedResourcePayloads.accessReviewContextData"},
			{"reviewDefinitionId", s.Instance.Review.ID}, {"reviewInstanceId", s.Instance.ID}}},
		{"files", nav(func() any { return fileEntities(s) })},
	}
}

func fileEntities(s *governance.UploadSession) []entity {
	return convert(s.Files, func(f governance.UploadedFile) entity {
		return entity{{"id", f.ID}, {"name", f.Name}, {"size", f.Size}, {"uploadedDateTime", stampOrNil(f.At)}}
	})
}

// sessionWithFiles renders the session with its files, as answers to writes have it.
func sessionWithFiles(s *governance.UploadSession) entity {
	return sessionEntity(s).with("files", fileEntities(s))
}

// uploadEntity renders the resource that a decision is about.
// https://learn.microsoft.com/graph/api/resources/accessreviewinstancedecisionitemcustomdataprovidedresource
func uploadEntity(u *governance.UploadRow) entity {
	return entity{
		{"@odata.type", "#microsoft.graph.accessReviewInstanceDecisionItemCustomDataProvidedResource"},
		{"id", u.Resource.ID}, {"displayName", u.Resource.Name}, {"description", u.Resource.Description},
		{"type", "CustomDataProvidedResource"},
		{"scopeId", textOrNil(u.ScopeID)}, {"scopeDisplayName", textOrNil(u.ScopeName)},
		{"customData", textOrNil(u.CustomValue)},
	}
}

func permissionEntity(u *governance.UploadRow) entity {
	return entity{{"id", u.ID}, {"displayName", u.Name}, {"description", u.Description}, {"type", u.Kind}}
}
