package roster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Profile says, for one application, how its list is read and what its columns mean,
// so that nobody has to remember it for the next list. It is a small JSON file; fields
// that are not there are found out, or mean nothing.
type Profile struct {
	Encoding    string `json:"encoding,omitempty"`    // Options.Encoding
	Separator   string `json:"separator,omitempty"`   // Options.Comma: one character
	Quoting     string `json:"quoting,omitempty"`     // Options.Quoting
	HeaderLine  int    `json:"headerLine,omitempty"`  // Options.HeaderLine
	NotAccounts string `json:"notAccounts,omitempty"` // Options.NotAccounts: a regular expression
	Sheet       string `json:"sheet,omitempty"`       // of a workbook

	// Match are the rules by which a row's user is found, in their order.
	Match []ProfileRule `json:"match,omitempty"`
	// Account is the column with the application's own name for an account.
	Account string `json:"account,omitempty"`
	// Role is the column that names the role of a row.
	Role string `json:"role,omitempty"`
	// Facts are columns that whoever decides about an account wants to see.
	Facts Facts `json:"facts,omitzero"`
	// Closed are values of Facts.Status, in any case, of an account that is closed
	// although it is still listed.
	Closed []string `json:"closed,omitempty"`
}

// A ProfileRule looks a column's value up in an attribute of users, by Graph's name.
type ProfileRule struct {
	Column    string `json:"column"`
	Attribute string `json:"attribute"`
}

// Facts are the columns of a list that say what an account is. Each may be empty.
type Facts struct {
	Status     string `json:"status,omitempty"`     // whether it is in use
	Type       string `json:"type,omitempty"`       // whose it is: a person's, a service's
	LastLogin  string `json:"lastLogin,omitempty"`  // when it was last used
	Privileged string `json:"privileged,omitempty"` // whether it may do more than others
	Owner      string `json:"owner,omitempty"`      // who answers for it
}

// Columns returns the columns that there are.
func (f Facts) Columns() []string {
	all := []string{f.Status, f.Type, f.LastLogin, f.Privileged, f.Owner}
	return slices.DeleteFunc(all, func(column string) bool { return column == "" })
}

// Columns returns all columns that the profile names, without repetitions: a list of the
// application has all of them.
func (p Profile) Columns() []string {
	var all []string
	for _, rule := range p.Match {
		all = append(all, rule.Column)
	}
	all = append(append(all, p.Account, p.Role), p.Facts.Columns()...)
	var columns []string
	for _, column := range all {
		if column != "" && !slices.ContainsFunc(columns, func(c string) bool { return canonical(c) == canonical(column) }) {
			columns = append(columns, column)
		}
	}
	return columns
}

// Options returns how the list is read, with all the columns that the profile names.
func (p Profile) Options() *Options {
	o := &Options{Encoding: p.Encoding, Quoting: Quoting(p.Quoting), HeaderLine: p.HeaderLine, Columns: p.Columns()}
	o.Comma, _ = utf8.DecodeRuneInString(p.Separator)
	if p.Separator == "" {
		o.Comma = 0
	}
	if p.NotAccounts != "" {
		o.NotAccounts, _ = regexp.Compile(p.NotAccounts) // DecodeProfile has tried it
	}
	return o
}

// IsClosed reports whether a row is of an account that is closed although it is listed.
func (p Profile) IsClosed(row Row) bool {
	if p.Facts.Status == "" || len(p.Closed) == 0 {
		return false
	}
	status := canonical(row.Get(p.Facts.Status))
	return slices.ContainsFunc(p.Closed, func(value string) bool { return canonical(value) == status })
}

// profileVersion is in every file. If the fields change their meaning, so must it.
const profileVersion = 1

type profileFile struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
	Profile
}

const profileKind = "rollcall profile"

// ErrProfile says that a file is no profile that can be used.
var ErrProfile = errors.New("this can't be used as a profile")

// Encode writes the profile as JSON that people can edit.
func (p Profile) Encode(w io.Writer) error {
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(profileFile{profileKind, profileVersion, p}); err != nil {
		return err
	}
	_, err := w.Write(PrintableJSON(text.Bytes()))
	return err
}

// maxProfile is the greatest size of a profile in bytes.
const maxProfile = 1 << 20

// DecodeProfile reads what [Profile.Encode] wrote, or people made of it. An unknown
// field, such as one that is misspelt, and a value that can't be meant are refused with
// an error that wraps [ErrProfile].
func DecodeProfile(r io.Reader) (Profile, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxProfile+1))
	if err != nil {
		return Profile{}, err
	}
	if len(data) > maxProfile {
		return Profile{}, fmt.Errorf("%w: it has more than %d bytes", ErrProfile, maxProfile)
	}
	var file profileFile
	in := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	in.DisallowUnknownFields()
	if err := in.Decode(&file); err != nil {
		return Profile{}, fmt.Errorf("%w: %w", ErrProfile, err)
	}
	if file.Kind != profileKind || file.Version != profileVersion {
		return Profile{}, fmt.Errorf("%w: its kind is %q and its version %d; want %q and %d", ErrProfile,
			file.Kind, file.Version, profileKind, profileVersion)
	}
	return file.Profile, file.check()
}

func (p Profile) check() error {
	if p.Separator != "" && utf8.RuneCountInString(p.Separator) != 1 {
		return fmt.Errorf("%w: the separator %q is not one character", ErrProfile, p.Separator)
	}
	if _, err := regexp.Compile(p.NotAccounts); err != nil {
		return fmt.Errorf("%w: notAccounts: %w", ErrProfile, err)
	}
	if p.HeaderLine < 0 {
		return fmt.Errorf("%w: headerLine is %d", ErrProfile, p.HeaderLine)
	}
	for _, rule := range p.Match {
		if strings.TrimSpace(rule.Column) == "" || strings.TrimSpace(rule.Attribute) == "" {
			return fmt.Errorf("%w: a rule of match lacks its column or its attribute", ErrProfile)
		}
	}
	if len(p.Closed) > 0 && p.Facts.Status == "" {
		return fmt.Errorf("%w: closed lists values of facts.status, which names no column", ErrProfile)
	}
	return nil
}
