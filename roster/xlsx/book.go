package xlsx

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// maxSmall is the greatest size of the parts that are no sheet and no shared text.
const maxSmall = 32 << 20

// A book is a workbook that is open.
type book struct {
	opts    Options
	files   map[string]*zip.File // by path in small letters
	left    int64                // bytes that may still be unpacked
	sheets  []sheetInfo
	texts   shared
	formats *formats
}

type sheetInfo struct {
	name   string
	hidden bool
	file   *zip.File
}

// A relation is what one part says about another.
type relation struct{ kind, path string }

// open reads all of a workbook but its sheets.
func open(r io.ReaderAt, size int64, o Options) (*book, error) {
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, other(r, size)
	}
	b := &book{opts: o, left: o.MaxUnpacked, files: make(map[string]*zip.File, len(z.File))}
	for _, f := range z.File {
		b.files[strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))] = f
	}
	root, err := b.relations("")
	if err != nil {
		return nil, err
	}
	for _, rel := range root {
		main := b.files[strings.ToLower(rel.path)]
		if rel.kind == "officeDocument" && main != nil && strings.HasPrefix(path.Dir(rel.path), "xl") &&
			!strings.HasSuffix(rel.path, ".bin") {
			return b, b.readMain(main)
		}
	}
	return nil, archive(z)
}

// relations returns the relations of a part by their id; none if there are none.
func (b *book) relations(of string) (map[string]relation, error) {
	dir, base := path.Split(of)
	f := b.files[strings.ToLower(dir+"_rels/"+base+".rels")]
	if f == nil {
		return nil, nil
	}
	found := map[string]relation{}
	err := b.small(f, func(start xml.StartElement) error {
		target := attr(start, "Target")
		if start.Name.Local != "Relationship" || target == "" {
			return nil
		}
		if !strings.HasPrefix(target, "/") {
			target = dir + target
		}
		found[attr(start, "Id")] = relation{path.Base(attr(start, "Type")), strings.TrimPrefix(path.Clean(target),
			"/")}
		return nil
	})
	return found, err
}

// small reads a part that is no sheet and no shared text.
func (b *book) small(f *zip.File, each func(xml.StartElement) error) error {
	if f.UncompressedSize64 > maxSmall {
		return fmt.Errorf("%w: %s has more than %d bytes", ErrTooLarge, f.Name, maxSmall)
	}
	p, err := b.openPart(f)
	if err != nil {
		return err
	}
	return p.elements(each)
}

// readMain reads the workbook's main part and those that it names.
func (b *book) readMain(main *zip.File) error {
	rels, err := b.relations(main.Name)
	if err != nil {
		return err
	}
	b.formats = newFormats()
	err = b.small(main, func(start xml.StartElement) error {
		switch start.Name.Local {
		case "workbookPr":
			b.formats.from1904 = isTrue(attr(start, "date1904"))
		case "sheet":
			return b.addSheet(start, rels)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, rel := range rels {
		if err := b.readOther(rel); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) addSheet(start xml.StartElement, rels map[string]relation) error {
	rel, name := rels[attr(start, "id")], attr(start, "name")
	if rel.kind != "worksheet" {
		return nil // a chart or a macro sheet
	}
	file := b.files[strings.ToLower(rel.path)]
	if file == nil {
		return fmt.Errorf("%w: the sheet %q is missing from it", ErrDamaged, name)
	}
	state := attr(start, "state")
	b.sheets = append(b.sheets, sheetInfo{name, state == "hidden" || state == "veryHidden", file})
	return nil
}

// readOther reads the styles or the shared texts.
func (b *book) readOther(rel relation) error {
	if rel.kind != "styles" && rel.kind != "sharedStrings" {
		return nil
	}
	file := b.files[strings.ToLower(rel.path)]
	if file == nil {
		return fmt.Errorf("%w: %s is missing from it", ErrDamaged, rel.path)
	}
	if rel.kind == "styles" {
		return b.small(file, b.formats.element)
	}
	p, err := b.openPart(file)
	if err != nil {
		return err
	}
	b.texts, err = readShared(p, b.opts.MaxText)
	return err
}
