// Generate writes names.txt: the names that the published metadata of Graph
// v1.0 has for what graphfake serves. It reads schemas/v1.0-Prod.csdl from a
// clone of https://github.com/microsoftgraph/msgraph-metadata:
//
//	go run ./generate -clone DIR > names.txt
package main

import (
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"slices"
	"strings"
)

const (
	repository = "https://github.com/microsoftgraph/msgraph-metadata"
	source     = "schemas/v1.0-Prod.csdl"
	root       = "GraphService" // the container of entity sets and singletons
)

// served are the roots whose types are described, with all types that can be
// reached from them. Of the other roots only the names are kept.
var served = []string{"applications", "appRoleAssignments", "directory", "directoryObjects", "domains", "groups",
	"identityGovernance", "me", "oauth2PermissionGrants", "organization", "servicePrincipals", "subscribedSkus", "users"}

func main() {
	log.SetFlags(0)
	clone := flag.String("clone", "", "directory of a clone of "+repository)
	flag.Parse()
	if err := generate(os.Stdout, *clone); err != nil {
		log.Fatalf("generate: %v", err)
	}
}

func generate(w io.Writer, clone string) error {
	commit, err := git(clone, "log", "-1", "--format=%H of %cs")
	if err != nil {
		return err
	}
	text, err := git(clone, "show", "HEAD:"+source)
	if err != nil {
		return err
	}
	m, err := read(text)
	if err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	fmt.Fprintf(w, "# Names of Microsoft Graph v1.0, made by ./generate from %s in\n# %s, commit\n# %s", source,
		repository, commit)
	_, err = m.WriteTo(w)
	return err
}

func git(clone string, args ...string) ([]byte, error) {
	cmd := exec.Command("git", append([]string{"-C", clone}, args...)...)
	cmd.Stderr = os.Stderr
	return cmd.Output()
}

// What is read of a CSDL file.
type (
	schema struct {
		Namespace string         `xml:",attr"`
		Alias     string         `xml:",attr"`
		Entities  []declaration  `xml:"EntityType"`
		Complexes []declaration  `xml:"ComplexType"`
		Functions []operation    `xml:"Function"`
		Actions   []operation    `xml:"Action"`
		Container declaredMember `xml:"EntityContainer"`
	}
	declaration struct {
		Name        string           `xml:",attr"`
		BaseType    string           `xml:",attr"`
		Properties  []declaredMember `xml:"Property"`
		Navigations []declaredMember `xml:"NavigationProperty"`
		Keys        []struct {
			Path string `xml:"PropertyPath,attr"`
		} `xml:"Annotation>Collection>Record>PropertyValue>Collection>Record>PropertyValue"`
	}
	operation struct {
		Name       string           `xml:",attr"`
		Parameters []declaredMember `xml:"Parameter"`
		Return     declaredMember   `xml:"ReturnType"`
	}
	declaredMember struct {
		Name       string           `xml:",attr"`
		Type       string           `xml:",attr"`
		EntityType string           `xml:",attr"`
		Sets       []declaredMember `xml:"EntitySet"`
		Singletons []declaredMember `xml:"Singleton"`
	}
)

// A model is all of the metadata.
type model struct {
	types   map[string]*typ
	aliases map[string]string
}

// A typ is an entity type, a complex type, or the root.
type typ struct {
	kind, base string
	members    map[string][]string // "name" or "name=type" by what they are
	next       []string            // types that are reached from this one
}

func (t *typ) add(kind, name, leadsTo string) {
	if name = strings.TrimSuffix(name+"="+leadsTo, "="); !slices.Contains(t.members[kind], name) {
		t.members[kind] = append(t.members[kind], name)
		t.next = append(t.next, strings.TrimSuffix(leadsTo, "*"))
	}
}

func read(text []byte) (*model, error) {
	var file struct {
		Schemas []schema `xml:"DataServices>Schema"`
	}
	if err := xml.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	m := &model{map[string]*typ{root: {kind: "root", members: map[string][]string{}}}, map[string]string{}}
	for _, s := range file.Schemas {
		m.aliases[s.Alias] = s.Namespace
		for kind, list := range map[string][]declaration{"entity": s.Entities, "complex": s.Complexes} {
			for _, d := range list {
				m.types[m.name(s.Namespace+"."+d.Name)] = &typ{kind: kind, members: map[string][]string{}}
			}
		}
	}
	for _, s := range file.Schemas {
		m.readTypes(s)
		m.readOperations("function", s.Functions)
		m.readOperations("action", s.Actions)
	}
	return m, nil
}

// name is a type's name in the form of names.txt: without microsoft.graph, with * if
// it is a collection.
func (m *model) name(s string) string {
	if inner, ok := strings.CutPrefix(s, "Collection("); ok {
		return m.name(strings.TrimSuffix(inner, ")")) + "*"
	}
	i := strings.LastIndex(s, ".")
	if i < 0 {
		return s
	}
	if space := m.aliases[s[:i]]; space != "" {
		s = space + s[i:]
	}
	return strings.TrimPrefix(s, "microsoft.graph.")
}

// structured is name for types that have members, and "" for others.
func (m *model) structured(s string) string {
	name := m.name(s)
	if m.types[strings.TrimSuffix(name, "*")] == nil {
		return ""
	}
	return name
}

func (m *model) readTypes(s schema) {
	for _, d := range slices.Concat(s.Entities, s.Complexes) {
		t := m.types[m.name(s.Namespace+"."+d.Name)]
		t.base = m.name(d.BaseType)
		t.next = append(t.next, t.base)
		if base := m.types[t.base]; base != nil && t.base != "entity" {
			base.next = append(base.next, m.name(s.Namespace+"."+d.Name))
		}
		for _, p := range d.Properties {
			t.add("property", p.Name, m.structured(p.Type))
		}
		for _, p := range d.Navigations {
			t.add("navigation", p.Name, m.name(p.Type))
		}
		for _, k := range d.Keys {
			if k.Path != "" {
				t.add("key", k.Path, "")
			}
		}
	}
	for _, p := range s.Container.Sets {
		m.types[root].add("navigation", p.Name, m.name(p.EntityType)+"*")
	}
	for _, p := range s.Container.Singletons {
		m.types[root].add("navigation", p.Name, m.name(p.Type))
	}
}

// readOperations adds functions and actions to what they are bound to, those of
// whole collections with a * at their kind.
func (m *model) readOperations(kind string, list []operation) {
	for _, o := range list {
		if len(o.Parameters) == 0 {
			continue
		}
		on, many := strings.CutSuffix(m.name(o.Parameters[0].Type), "*")
		if t := m.types[on]; t != nil && many {
			t.add(kind+"*", o.Name, m.structured(o.Return.Type))
		} else if t != nil {
			t.add(kind, o.Name, m.structured(o.Return.Type))
		}
	}
}

// described returns the root and the types that are reached from what is served, by name.
func (m *model) described() []string {
	names := []string{root}
	var visit func(name string)
	visit = func(name string) {
		if m.types[name] == nil || slices.Contains(names, name) {
			return
		}
		names = append(names, name)
		for _, n := range m.types[name].next {
			visit(n)
		}
	}
	for _, set := range m.types[root].members["navigation"] {
		name, leadsTo, _ := strings.Cut(set, "=")
		if slices.Contains(served, name) {
			visit(strings.TrimSuffix(leadsTo, "*"))
		}
	}
	slices.Sort(names[1:])
	return names
}

// WriteTo writes the text in the form that package metadata reads.
func (m *model) WriteTo(w io.Writer) (int64, error) {
	var sb strings.Builder
	for _, name := range m.described() {
		t := m.types[name]
		sb.WriteString(strings.TrimSpace(t.kind+" "+name+" "+t.base) + "\n")
		for _, kind := range []string{"key", "property", "navigation", "function", "action", "function*", "action*"} {
			line := " " + kind
			slices.Sort(t.members[kind])
			for _, member := range t.members[kind] {
				if len(line)+len(member) > 118 {
					sb.WriteString(line + "\n")
					line = " " + kind
				}
				line += " " + member
			}
			if line != " "+kind {
				sb.WriteString(line + "\n")
			}
		}
	}
	n, err := io.WriteString(w, sb.String())
	return int64(n), err
}
