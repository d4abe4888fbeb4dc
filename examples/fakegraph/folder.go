package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake"
)

// loadFolder seeds a tenant from a folder: users.json, groups.csv and so on, each
// named for what it holds, by the names that the sections of a seed file have.
// Hidden files and texts (*.md) may lie there too.
func loadFolder(fake *graphfake.Server, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	seed := map[string][]json.RawMessage{}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		section, extension, _ := strings.Cut(entry.Name(), ".")
		var list []json.RawMessage
		switch {
		case section == "" || extension == "md":
			continue
		case extension == "json":
			list, err = readObjects(path)
		case extension == "csv":
			list, err = readTable(path)
		default:
			return fmt.Errorf("%s: a seed folder holds files such as users.json or groups.csv", path)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		seed[section] = append(seed[section], list...)
	}
	document, err := json.Marshal(seed)
	if err != nil {
		return err
	}
	if err := fake.Load(bytes.NewReader(document)); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	return nil
}

// readObjects reads a list of objects, bare or as Graph answers with one: {"value": […]}.
func readObjects(path string) (list []json.RawMessage, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if json.Unmarshal(text, &list) == nil {
		return list, nil
	}
	var answer struct{ Value []json.RawMessage }
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, err
	}
	if answer.Value == nil {
		return nil, errors.New(`wants a list of objects, bare or as {"value": […]}`)
	}
	return answer.Value, nil
}

// lists are the properties of which a cell may hold several, separated by semicolons.
var lists = []string{"members", "owners", "otherMails", "proxyAddresses", "businessPhones", "tags", "identifierUris",
	"permissions"}

// readTable reads a table whose first line has the names of properties. An empty
// cell is a property that is not set; true and false are what they are in JSON.
func readTable(path string) (list []json.RawMessage, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff")))).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	for _, row := range rows[1:] {
		object := map[string]any{}
		for i, name := range rows[0] {
			switch cell := row[i]; {
			case cell == "":
			case slices.Contains(lists, name):
				object[name] = strings.Split(cell, ";")
			case cell == "true" || cell == "false":
				object[name] = cell == "true"
			default:
				object[name] = cell
			}
		}
		text, err := json.Marshal(object)
		if err != nil {
			return nil, err
		}
		list = append(list, text)
	}
	return list, nil
}
