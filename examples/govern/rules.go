package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/rollcall-go/rollcall/match"
)

// A rule is what one -match says.
type rule struct {
	column, attribute string
	normalisers       []match.Normaliser // what is done to a value before it is looked up
}

// normalisers are those that -match knows by name, beside domains.
var normalisers = []match.Normaliser{match.Trim, match.Address, match.Claim, match.NFC, match.WithoutDomain,
	match.WithoutTag, match.WithoutZeros}

// attribute is how Graph names a user property, or one inside another:
// https://learn.microsoft.com/graph/api/resources/user
var attribute = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*(/[A-Za-z][A-Za-z0-9_]*)?$`)

// rewriting is the end of a rule that rewrites the values, such as "(trim, address)".
var rewriting = regexp.MustCompile(`^(.*?)\s*\(([^()]*)\)\s*$`)

func (o *options) addRule(value string) (err error) {
	at := strings.LastIndex(value, "=") // a column's name may hold one, the rest may not
	column, name := strings.TrimSpace(value[:max(at, 0)]), strings.TrimSpace(value[at+1:])
	r := rule{column: column}
	if found := rewriting.FindStringSubmatch(name); found != nil {
		name = found[1]
		if r.normalisers, err = parseNormalisers(found[2]); err != nil {
			return err
		}
	}
	switch r.attribute = name; {
	case column == "" || name == "":
		return errors.New("want COLUMN=ATTRIBUTE, such as Email=userPrincipalName")
	case !attribute.MatchString(name):
		return fmt.Errorf("%q is no attribute of a user; want one such as userPrincipalName, mail or employeeId", name)
	}
	o.rules = append(o.rules, r)
	return nil
}

// parseNormalisers reads names of normalisers, and domains as OLD>NEW.
func parseNormalisers(text string) (list []match.Normaliser, err error) {
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		if from, to, ok := strings.Cut(name, ">"); ok && from != "" && to != "" {
			list = append(list, match.Domains(map[string]string{strings.TrimSpace(from): strings.TrimSpace(to)}))
			continue
		}
		n, ok := normaliserOf(name)
		if !ok {
			return nil, fmt.Errorf("%q rewrites nothing; want %s, or OLD>NEW for a domain", name, normaliserNames())
		}
		list = append(list, n)
	}
	return list, nil
}

func normaliserOf(name string) (match.Normaliser, bool) {
	for _, n := range normalisers {
		if strings.EqualFold(n.Name, name) {
			return n, true
		}
	}
	return match.Normaliser{}, false
}

func normaliserNames() string {
	var names []string
	for _, n := range normalisers {
		names = append(names, n.Name)
	}
	return strings.Join(names, ", ")
}
