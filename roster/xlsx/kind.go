package xlsx

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"
)

// ole is how compound files begin: .xls, and whatever Office encrypts.
var ole = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

const saveAs = "open it in Excel and save it as an Excel workbook (.xlsx)"

// beginnings are how other files begin, in small letters where they are text.
var beginnings = []struct{ prefix, what string }{
	{"\x1f\x8b", "a gzip archive: unpack it first"},
	{"bzh", "a bzip2 archive: unpack it first"},
	{"7z\xbc\xaf", "a 7-Zip archive: unpack it first"},
	{"rar!", "a RAR archive: unpack it first"},
	{"\xfd7zxz", "an xz archive: unpack it first"},
	{"%pdf", "a PDF file: ask for the list as .xlsx or CSV"},
	{`{\rtf`, "an RTF document: " + saveAs},
	{"mime-version", "a web archive (MHT): " + saveAs},
	{"\x09\x08\x10\x00", "an old Excel workbook (.xls): " + saveAs},
}

// other returns the error that names a file that is no zip archive.
func other(r io.ReaderAt, size int64) error {
	head := make([]byte, min(size, 4<<10))
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return err
	}
	if head = head[:n]; bytes.HasPrefix(head, ole) {
		return notXLSX(compound(r, size))
	}
	if bytes.HasPrefix(head, []byte("PK")) {
		return fmt.Errorf("%w: it ends too early, as after a broken download; get it anew", ErrDamaged)
	}
	return notXLSX(plain(head))
}

func notXLSX(what string) error { return fmt.Errorf("%w, but %s", ErrNotXLSX, what) }

// plain says what a file is from its first bytes. Web pages come in UTF-16 too, and
// after blanks and a byte-order mark.
func plain(head []byte) string {
	text := bytes.ReplaceAll(head, []byte{0}, nil)
	for _, mark := range []string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"} {
		text = bytes.TrimPrefix(text, []byte(mark))
	}
	text = bytes.ToLower(bytes.TrimLeft(text, " \t\r\n"))
	for _, b := range beginnings {
		if bytes.HasPrefix(head, []byte(b.prefix)) || bytes.HasPrefix(text, []byte(b.prefix)) {
			return b.what
		}
	}
	switch {
	case len(head) == 0:
		return "an empty file"
	case bytes.Contains(text, []byte("urn:schemas-microsoft-com:office:spreadsheet")):
		return "an XML Spreadsheet 2003: " + saveAs
	case bytes.HasPrefix(text, []byte("<?xml")):
		return "an XML file: " + saveAs
	case bytes.HasPrefix(text, []byte("<")):
		return "a web page (HTML) with the name of a workbook: " + saveAs
	}
	return "text or something else: read a CSV file with package roster, or " + saveAs
}

// compound says what a compound file is. The names of its streams are in UTF-16.
func compound(r io.ReaderAt, size int64) string {
	switch {
	case contains(r, size, "EncryptedPackage"):
		return "a workbook with a password: open it in Excel, take the password away (File, Info, Protect " +
			"Workbook, Encrypt with Password) and save it"
	case contains(r, size, "Workbook"), contains(r, size, "Book"):
		return "an old Excel workbook (.xls): " + saveAs
	}
	return "an old Office file (.xls, .doc, .msg): " + saveAs
}

// contains reports whether r holds a name in UTF-16.
func contains(r io.ReaderAt, size int64, name string) bool {
	wide := []byte(strings.Join(strings.Split(name, ""), "\x00"))
	buf := make([]byte, 64<<10)
	for at := int64(0); at < size; at += int64(len(buf) - len(wide)) {
		n, err := r.ReadAt(buf, at)
		if bytes.Contains(buf[:n], wide) {
			return true
		}
		if err != nil {
			return false
		}
	}
	return false
}

// archive returns the error of a zip archive that has no workbook in it, or a damaged
// one, or one of another kind.
func archive(z *zip.Reader) error {
	what := "a zip archive: take the list out of it"
	for _, f := range z.File {
		switch {
		case f.Flags&1 != 0:
			return notXLSX("a zip archive with a password: take the list out of it")
		case f.Name == "xl/workbook.xml":
			return fmt.Errorf("%w: its list of parts is missing; export it anew, or %s", ErrDamaged, saveAs)
		case f.Name == "mimetype":
			what = "an OpenDocument file (.ods): " + saveAs
		case strings.EqualFold(path.Base(f.Name), "workbook.bin"):
			what = "a binary workbook (.xlsb): " + saveAs
		case strings.HasPrefix(f.Name, "word/"):
			what = "a Word document: copy the table to Excel and save it as .xlsx"
		case strings.HasPrefix(f.Name, "ppt/"):
			what = "a PowerPoint file: ask for the list as .xlsx or CSV"
		case strings.HasSuffix(f.Name, ".iwa"):
			what = "a Numbers document: export it to Excel (.xlsx)"
		}
	}
	return notXLSX(what)
}
