package graphfake

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"
)

// https://learn.microsoft.com/graph/api/accesspackageresource-list-uploadsessions
func listSessions(rq *request, g *governanceServer) (response, error) {
	r, err := g.customResource(rq)
	if err != nil {
		return response{}, err
	}
	c := collection{set: sessionSet(r), filterable: []string{"status", "referenceId"}, expandable: []string{"files"}}
	return rq.govList(over(c, r.sessions, sessionEntity))
}

func (g *governanceServer) customResource(rq *request) (*resource, error) {
	return g.CustomResource(rq.param("catalog").Value, rq.param("resource").Value, time.Now())
}

func sessionSet(r *resource) string {
	return catalogSet + "('" + r.catalog.id + "')/resources('" + r.id + "')/uploadSessions"
}

// https://learn.microsoft.com/graph/api/accesspackageresource-post-uploadsessions
func createSession(rq *request, g *governanceServer) (response, error) {
	r, err := g.customResource(rq)
	if err != nil {
		return response{}, err
	}
	body, err := rq.jsonBody()
	if err != nil {
		return response{}, err
	}
	s, err := g.AddSession(r, body, time.Now())
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusCreated, sessionSet(r), sessionWithFiles(s))
}

// https://learn.microsoft.com/graph/api/customdataprovidedresourceuploadsession-get
func getSession(rq *request, g *governanceServer) (response, error) {
	r, err := g.customResource(rq)
	if err != nil {
		return response{}, err
	}
	s, err := r.Session(rq.param("session").Value)
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, sessionSet(r), sessionEntity(s))
}

// openSession finds the session of the path if it still takes data.
func (g *governanceServer) openSession(rq *request) (*uploadSession, error) {
	r, err := g.customResource(rq)
	if err != nil {
		return nil, err
	}
	return r.OpenSession(rq.param("session").Value)
}

// https://learn.microsoft.com/graph/api/customdataprovidedresourceuploadsession-update
func finishSession(rq *request, g *governanceServer) (response, error) {
	s, err := g.openSession(rq)
	if err != nil {
		return response{}, err
	}
	body, err := rq.jsonBody()
	if err != nil {
		return response{}, err
	}
	if err := s.Finish(body); err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, sessionSet(s.resource), sessionWithFiles(s))
}

// https://learn.microsoft.com/graph/api/accesspackageresource-delete-uploadsessions
func deleteSession(rq *request, g *governanceServer) (response, error) {
	s, err := g.openSession(rq)
	if err != nil {
		return response{}, err
	}
	s.resource.DeleteSession(s)
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
	return rq.govOne(http.StatusOK, sessionSet(s.resource), sessionWithFiles(s))
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

func sessionEntity(s *uploadSession) entity {
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
		{"files", nav(func() any { return fileEntities(s) })},
	}
}

func fileEntities(s *uploadSession) []entity {
	return convert(s.files, func(f uploadedFile) entity {
		return entity{{"id", f.id}, {"name", f.name}, {"size", f.size}, {"uploadedDateTime", stampOrNil(f.at)}}
	})
}

// sessionWithFiles renders the session with its files, as answers to writes have it.
func sessionWithFiles(s *uploadSession) entity {
	return sessionEntity(s).with("files", fileEntities(s))
}

// uploadEntity renders the resource that a decision is about.
// https://learn.microsoft.com/graph/api/resources/accessreviewinstancedecisionitemcustomdataprovidedresource
func uploadEntity(u *uploadRow) entity {
	return entity{
		{"@odata.type", "#microsoft.graph.accessReviewInstanceDecisionItemCustomDataProvidedResource"},
		{"id", u.resource.id}, {"displayName", u.resource.name}, {"description", u.resource.description}, {"type", "CustomDataProvidedResource"},
		{"scopeId", textOrNil(u.scopeID)}, {"scopeDisplayName", textOrNil(u.scopeName)}, {"customData", textOrNil(u.customValue)},
	}
}

func permissionEntity(u *uploadRow) entity {
	return entity{{"id", u.id}, {"displayName", u.name}, {"description", u.description}, {"type", u.kind}}
}
