package governance

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra/graph"
)

var uploadTarget = CustomDataTarget{CatalogID: "cat", ResourceID: "res", ReviewID: "rev", InstanceID: "ins"}

// An uploadDesk stands for the service: it has one session at most.
type uploadDesk struct {
	session  bool
	done     bool
	expired  bool // the session that there was before
	files    []string
	sessions int
}

func (d *uploadDesk) answer(r sent) answer {
	const at = "/v1.0/identityGovernance/entitlementManagement/catalogs/cat/resources/res/uploadSessions"
	path := strings.TrimPrefix(r.URL.Path, at)
	switch r.Method + " " + path {
	case "GET ":
		if d.expired && d.sessions == 0 {
			return answer{status: http.StatusOK, body: `{"value":[{"id":"old","status":"expired","stats":{"filesUploaded":0}}]}`}
		}
		if !d.session {
			return answer{status: http.StatusOK, body: `{"value":[]}`}
		}
		return answer{status: http.StatusOK,
			body: fmt.Sprintf(`{"value":[{"id":"s","isUploadDone":%v,"stats":{"filesUploaded":%d}}]}`, d.done, len(d.files))}
	case "POST ":
		d.session, d.sessions = true, d.sessions+1
		return answer{status: http.StatusCreated,
			body: `{"id":"s","status":"active","isUploadDone":false,"stats":{"filesUploaded":0}}`}
	case "DELETE /s":
		d.session, d.files = false, nil
		return answer{status: http.StatusNoContent}
	case "POST /s/uploadFile":
		d.files = append(d.files, part(r))
		return answer{status: http.StatusOK, body: `{"id":"s"}`}
	case "PATCH /s":
		d.done = r.body == `{"isUploadDone":true}`
		return answer{status: http.StatusOK, body: `{"id":"s","isUploadDone":true}`}
	}
	return answer{status: http.StatusNotFound}
}

// part is the one file of a form.
func part(r sent) string {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return err.Error()
	}
	p, err := multipart.NewReader(strings.NewReader(r.body), params["boundary"]).NextPart()
	if err != nil {
		return err.Error()
	}
	content, _ := io.ReadAll(p)
	return p.FormName() + " " + p.FileName() + " " + string(content)
}

func TestUploadCustomData(t *testing.T) {
	t.Parallel()
	desk := &uploadDesk{}
	c := client(t, desk.answer)
	files := []CustomDataFile{{"one.csv", []byte("PrincipalId\nu-1\n")}, {"two.csv", []byte("PrincipalId\nu-2\n")}}
	require.NoError(t, c.UploadCustomData(t.Context(), uploadTarget, files))
	assert.Equal(t, []string{"file one.csv PrincipalId\nu-1\n", "file two.csv PrincipalId\nu-2\n"}, desk.files)
	assert.True(t, desk.done)
	require.ErrorIs(t, c.UploadCustomData(t.Context(), uploadTarget, files), graph.ErrExists, "what was closed stays")
	assert.Len(t, desk.files, 2)
}

// An upload that broke off left a file behind; it must not be in the next one twice.
func TestUploadCustomData_BeginsAnewAfterACut(t *testing.T) {
	t.Parallel()
	desk := &uploadDesk{session: true, files: []string{"half"}}
	c := client(t, desk.answer)
	require.NoError(t, c.UploadCustomData(t.Context(), uploadTarget, []CustomDataFile{{"one.csv", []byte("x")}}))
	assert.Equal(t, []string{"file one.csv x"}, desk.files)

	desk = &uploadDesk{session: true}
	c = client(t, desk.answer)
	require.NoError(t, c.UploadCustomData(t.Context(), uploadTarget, []CustomDataFile{{"one.csv", []byte("x")}}))
	assert.Zero(t, desk.sessions, "an empty session can be used")

	desk = &uploadDesk{expired: true}
	c = client(t, desk.answer)
	require.NoError(t, c.UploadCustomData(t.Context(), uploadTarget, []CustomDataFile{{"one.csv", []byte("x")}}))
	assert.Equal(t, 1, desk.sessions, "one that expired takes no files")
}

func TestUploadCustomData_RefusesNoFilesAndTooMany(t *testing.T) {
	t.Parallel()
	requests := 0
	c := client(t, func(r sent) answer { requests++; return new(uploadDesk).answer(r) })
	require.Error(t, c.UploadCustomData(t.Context(), uploadTarget, nil))
	require.Error(t, c.UploadCustomData(t.Context(), uploadTarget, make([]CustomDataFile, 11)))
	assert.Zero(t, requests)
}
