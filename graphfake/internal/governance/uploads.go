package governance

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
)

// An UploadSession takes the access data of a custom data provided resource,
// for one instance of a review.
// https://learn.microsoft.com/graph/api/resources/customdataprovidedresourceuploadsession
type UploadSession struct {
	Resource *Resource
	Instance *Instance
	ID       string
	Status   string
	Created  time.Time
	Files    []UploadedFile
	rows     []*UploadRow
}

type UploadedFile struct {
	ID, Name string
	Size     int
	At       time.Time
}

// An UploadRow is a permission that somebody has.
type UploadRow struct {
	Resource                        *Resource
	principalID                     string
	ID, Name, Description, Kind     string // of the permission
	ScopeID, ScopeName, CustomValue string
}

// The statuses of sessions.
const (
	sessionActive   = "active"
	SessionComplete = "complete"
	sessionExpired  = "expired"
)

// maxUploads is the number of files that a session takes.
// https://learn.microsoft.com/entra/id-governance/custom-data-resource-access-reviews
const maxUploads = 10

// uploadColumns must be in every file, in any letter case.
var uploadColumns = []string{"principalId", "principalType", "permissionId", "permissionName", "permissionDescription",
	"permissionType"}

// CustomResource finds a custom data provided resource of a catalog.
func (g *Service) CustomResource(catalogID, id string, now time.Time) (*Resource, error) {
	c, err := g.Catalog(catalogID)
	if err != nil {
		return nil, err
	}
	r, err := c.Resource(id, now)
	if err == nil && r.System != FromCustomData {
		err = badPackage("The resource %s is not a custom data provided resource.", r.ID)
	}
	return r, err
}

// AddSession opens the only session for an instance and a resource, while the
// instance waits for data. That one which expired can be replaced is believed.
func (g *Service) AddSession(r *Resource, body map[string]any, now time.Time) (*UploadSession, error) {
	const kind = "#microsoft.graph.customDataProvidedResourceAccessReviewUploadSession"
	data := field.Object(body, "data")
	id := field.Text(data, "reviewInstanceId")
	i, err := g.AnyInstance(id)
	switch {
	case !strings.EqualFold(field.Text(body, "@odata.type"), kind):
		return nil, badPackage("The @odata.type of the upload session is required.")
	case err != nil, i.Terms.Resource != r.Catalog.ID,
		!strings.EqualFold(i.Review.ID, field.Text(data, "reviewDefinitionId")):
		return nil, badPackage("The access review instance '%s' is not one of a review of this catalog.", id)
	case i.Status != initializing:
		return nil, badPackage("The access review instance %s is %s and takes no data.", i.ID, i.Status)
	case slices.ContainsFunc(r.Sessions, func(s *UploadSession) bool {
		return s.Instance == i && s.Status != sessionExpired
	}):
		return nil, badPackage("An upload session for this resource and access review instance exists.")
	}
	s := &UploadSession{Resource: r, Instance: i, ID: g.NewID(), Status: sessionActive, Created: now}
	r.Sessions = append(r.Sessions, s)
	return s, nil
}

// Session finds a session of the resource.
func (r *Resource) Session(id string) (*UploadSession, error) {
	return find(r.Sessions, func(s *UploadSession) string { return s.ID }, "upload session", id)
}

// OpenSession finds a session that still takes data.
func (r *Resource) OpenSession(id string) (*UploadSession, error) {
	s, err := r.Session(id)
	if err == nil && s.Status != sessionActive {
		err = badPackage("The upload session %s is %s.", s.ID, s.Status)
	}
	return s, err
}

// Finish completes a session: isUploadDone is the only change there is.
func (s *UploadSession) Finish(body map[string]any) error {
	if !field.Bool(body, "isUploadDone") {
		return badPackage("isUploadDone can only be set to true.")
	}
	s.Status = SessionComplete
	return nil
}

// DeleteSession forgets a session and what was uploaded.
func (r *Resource) DeleteSession(s *UploadSession) {
	r.Sessions = slices.DeleteFunc(r.Sessions, func(x *UploadSession) bool { return x == s })
}

// Add takes one file. What it refuses in a file is believed; rows about nobody
// in the directory are left out when the review begins.
func (s *UploadSession) Add(id, name string, content []byte, now time.Time) error {
	if len(s.Files) >= maxUploads {
		return badPackage("An upload session takes %d files at most.", maxUploads)
	}
	rows, err := readUpload(s.Resource, content)
	if err != nil {
		return err
	}
	s.rows = append(s.rows, rows...)
	s.Files = append(s.Files, UploadedFile{id, name, len(content), now})
	return nil
}

func readUpload(r *Resource, content []byte) ([]*UploadRow, error) {
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
	var rows []*UploadRow
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
		rows = append(rows, &UploadRow{r, get("principalId"), get("permissionId"), get("permissionName"),
			get("permissionDescription"), get("permissionType"),
			get("scopeId"), get("scopeDisplayName"), get("customData")})
	}
	return rows, nil
}

// Reviews of catalogs are modelled for their custom data provided resources
// only: what is reviewed is what was uploaded. That Approve needs no mark, that
// unmarked decisions end after 30 days, and how decisions name a permission is
// believed, not verified.
// https://learn.microsoft.com/entra/id-governance/custom-data-resource-access-reviews

// applyTime is how long decisions may be marked as applied.
const applyTime = 30 * 24 * time.Hour

// readUploads makes the decisions of an instance of what was uploaded for it.
// Sessions that were not completed are lost.
func (i *Instance) readUploads() {
	c, err := i.Review.g.Catalog(i.Terms.Resource)
	if err != nil {
		return
	}
	v := i.Review.g.Store.View()
	for _, r := range c.resources {
		for _, s := range r.Sessions {
			if s.Instance != i {
				continue
			}
			if s.Status == sessionActive {
				s.Status = sessionExpired
				continue
			}
			for _, row := range s.rows {
				u := v.Get(schema.Users, strings.ToLower(row.principalID))
				if u == nil || i.Terms.guests && u.Str("userType") != "Guest" {
					continue
				}
				who := IdentityOf(v, u.ID)
				who.Kind = "userIdentity"
				i.Items = append(i.Items, &Item{ID: i.Review.g.NewID(), Principal: who, Upload: row, Result: resultNew,
					Recommendation: noInfo})
			}
		}
	}
}

// awaitMarks leaves the instance Applying until every denial is marked.
func (i *Instance) awaitMarks(at time.Time) {
	if i.Terms.defaultDecision != "" {
		i.decideByDefault(at)
	}
	i.Status, i.next = applying, at.Add(applyTime)
	i.settleMarks(at)
}

// settleMarks ends the instance when nothing is left to be marked.
func (i *Instance) settleMarks(at time.Time) {
	left := func(it *Item) bool { return it.Final().Decision == "Deny" && it.Result == resultNew }
	if !slices.ContainsFunc(i.Items, left) {
		i.next = at.Add(i.Review.g.Phase)
	}
}

var markResults = []string{resultApplied, "AppliedWithUnknownFailure", resultGone, resultUnsupported}

// Mark records the result of a denial in the application itself.
func (i *Instance) Mark(it *Item, result, description string, by Identity, at time.Time) error {
	n := slices.IndexFunc(markResults, func(r string) bool { return strings.EqualFold(r, result) })
	switch {
	case it.Upload == nil:
		return badArgument("applyResult can be set for custom data provided resources only")
	case i.Status != applying:
		return i.wrongStatus(applying)
	case n < 0:
		return badArgument("applyResult '%s' is not supported", result)
	}
	it.Result, it.Description, it.AppliedAt, it.AppliedBy = markResults[n], description, at, by
	i.settleMarks(at)
	return nil
}

// MarkAll marks all decisions about one resource.
func (i *Instance) MarkAll(resource, result, description string, by Identity, at time.Time) error {
	if i.Status != applying || !i.Terms.catalog {
		return i.wrongStatus(applying)
	}
	found := false
	for _, it := range i.Items {
		if !strings.EqualFold(it.Upload.Resource.ID, resource) {
			continue
		}
		found = true
		if err := i.Mark(it, result, description, by, at); err != nil {
			return err
		}
	}
	if !found {
		return missing("custom data provided resource", resource)
	}
	return nil
}
