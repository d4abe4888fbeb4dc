package main

import (
	"errors"
	"flag"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/roster"

	"github.com/rollcall-go/rollcall/entra"
)

// options is a command line, parsed. A flag means the same to all commands that use
// it; flagUses says which ones do.
type options struct {
	roster string
	rules  []rule
	app    string
	appID  string

	role       string
	roleColumn string
	newRoles   []string
	owners     []string

	create          entra.UserColumns
	includeDisabled bool
	exclude         string
	unresolved      string
	decisions       []string
	worklist        []string
	since           string

	requireAssignment bool
	remove            assign.RemovePolicy
	protect           []string
	minHolders        int
	maxCreations      limit
	maxCreationShare  share
	maxAdditions      limit
	maxAdditionShare  growth
	maxRemovals       limit
	maxRemovalShare   share
	acceptUnresolved  int
	override          string
	out               string
	detailedExitCode  bool

	packageName    string
	policy         string
	external       string
	externalPolicy string

	catalog  string
	resource string

	reviewers []string
	stages    stageList
	review    string
	every     period
	autoApply bool
	do        string

	journal  string
	profile  string
	encoding string
	sheet    string
	facts    roster.Profile // what the -profile says
	forget   string
	account  string
	webhook  string

	serviceNow   string
	ticketFields map[string]string

	maxAccounts     limit
	maxAccountShare share
	maxTickets      limit
	maxTicketShare  share

	graph   string
	live    bool
	cloud   string
	yes     bool
	dryRun  bool
	json    bool
	strict  bool
	wait    time.Duration
	timeout time.Duration

	args []string // what is not a flag, such as the plan file
}

// appRef is what -app or -app-id names.
func (o *options) appRef() entra.ApplicationRef {
	if o.appID != "" {
		return entra.ApplicationRef{AppID: o.appID}
	}
	return entra.ApplicationRef{DisplayName: o.app}
}

// appFlag is -app or -app-id as one types it.
func (o *options) appFlag() string {
	if o.appID != "" {
		return "-app-id " + shellQuote(o.appID)
	}
	return "-app " + shellQuote(o.app)
}

// A rule is one -match: the column of the roster must equal the attribute.

// declare defines all flags; usage.txt explains them.
func (o *options) declare(fs *flag.FlagSet) {
	fs.StringVar(&o.roster, "roster", "", "")
	fs.Func("match", "", o.addRule)
	fs.StringVar(&o.profile, "profile", "", "")
	fs.StringVar(&o.encoding, "encoding", "", "")
	fs.StringVar(&o.sheet, "sheet", "", "")
	fs.StringVar(&o.app, "app", "", "")
	fs.StringVar(&o.appID, "app-id", "", "")
	fs.StringVar(&o.role, "role", "", "")
	fs.StringVar(&o.roleColumn, "role-column", "", "")
	fs.Func("new-role", "", addTo(&o.newRoles))
	fs.Func("owner", "", addTo(&o.owners))

	fs.Func("create", "", o.setCreate)
	fs.BoolVar(&o.includeDisabled, "include-disabled", false, "")
	fs.StringVar(&o.exclude, "exclude", "", "")
	fs.StringVar(&o.unresolved, "unresolved", "", "")
	fs.Func("decisions", "", addTo(&o.decisions))
	fs.Func("worklist", "", o.addWorklist)
	fs.StringVar(&o.since, "since", "", "")

	fs.BoolVar(&o.requireAssignment, "require-assignment", true, "")
	fs.Func("remove", "", o.setRemove)
	fs.Func("protect", "", addTo(&o.protect))
	fs.IntVar(&o.minHolders, "min-holders", 0, "")
	fs.Var(&o.maxCreations, "max-creations", "")
	fs.Var(&o.maxCreationShare, "max-creation-share", "")
	fs.Var(&o.maxAdditions, "max-additions", "")
	fs.Var(&o.maxAdditionShare, "max-addition-share", "")
	fs.Var(&o.maxRemovals, "max-removals", "")
	fs.Var(&o.maxRemovalShare, "max-removal-share", "")
	fs.IntVar(&o.acceptUnresolved, "accept-unresolved", 0, "")
	fs.StringVar(&o.override, "override", "", "")
	fs.StringVar(&o.out, "out", "", "")
	fs.BoolVar(&o.detailedExitCode, "detailed-exitcode", false, "")

	fs.StringVar(&o.packageName, "package", "", "")
	fs.StringVar(&o.policy, "policy", "", "")
	fs.StringVar(&o.external, "external", "", "")
	fs.StringVar(&o.externalPolicy, "external-policy", "", "")
	fs.StringVar(&o.catalog, "catalog", "", "")
	fs.StringVar(&o.resource, "resource", "", "")

	fs.Func("reviewer", "", addTo(&o.reviewers))
	fs.Var(&o.stages, "stages", "")
	fs.StringVar(&o.review, "review", "", "")
	fs.Var(&o.every, "every", "")
	fs.BoolVar(&o.autoApply, "auto-apply", false, "")
	fs.StringVar(&o.do, "do", "", "")

	fs.StringVar(&o.journal, "journal", "", "")
	fs.StringVar(&o.forget, "forget", "", "")
	fs.StringVar(&o.journal, "snapshot", "", "") // its older name
	fs.StringVar(&o.account, "account", "", "")
	fs.StringVar(&o.webhook, "webhook", "", "")
	fs.StringVar(&o.serviceNow, "servicenow", "", "")
	fs.Func("ticket-field", "", o.addTicketField)
	fs.Var(&o.maxAccounts, "max-accounts", "")
	fs.Var(&o.maxAccountShare, "max-account-share", "")
	fs.Var(&o.maxTickets, "max-tickets", "")
	fs.Var(&o.maxTicketShare, "max-ticket-share", "")

	fs.StringVar(&o.graph, "graph", "", "")
	fs.BoolVar(&o.live, "live", false, "")
	fs.StringVar(&o.cloud, "cloud", "", "")
	fs.BoolVar(&o.yes, "yes", false, "")
	fs.BoolVar(&o.dryRun, "dry-run", false, "")
	fs.BoolVar(&o.json, "json", false, "")
	fs.BoolVar(&o.strict, "strict", false, "")
	fs.DurationVar(&o.wait, "wait", 2*time.Minute, "")
	fs.DurationVar(&o.timeout, "timeout", 0, "")
}

// addTo returns the setter of a flag that may be repeated.
func addTo(list *[]string) func(string) error {
	return func(value string) error {
		if strings.TrimSpace(value) == "" {
			return errWithoutValue
		}
		*list = append(*list, value)
		return nil
	}
}

var errWithoutValue = errors.New("a flag without a value says nothing; give it one, or leave it out")

// parse reads args, in which flags and other arguments may be mixed.
func (o *options) parse(fs *flag.FlagSet, args []string) error {
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	for {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return err
			}
			return usageError("%s", noFlag(fs, err))
		}
		if args = fs.Args(); len(args) == 0 {
			return nil
		}
		o.args, args = append(o.args, args[0]), args[1:]
	}
}

// noFlag says of a flag that there is none which one may be meant, and of a value that
// can't be read what is wanted.
func noFlag(fs *flag.FlagSet, err error) string {
	if text, ok := strings.CutSuffix(err.Error(), ": parse error"); ok {
		found := fs.Lookup(text[strings.LastIndex(text, " -")+2:])
		switch value, _ := found.Value.(flag.Getter); value.Get().(type) {
		case bool:
			return text + ": want true or false"
		case time.Duration:
			return text + ": want a time with its unit, such as 90s or 5m"
		}
		return text + ": want a number"
	}
	name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !unknown {
		return err.Error()
	}
	var names []string
	fs.VisitAll(func(f *flag.Flag) { names = append(names, "-"+f.Name) })
	return "there is no flag -" + name + didYouMean("-"+name, names)
}

// check refuses flags that contradict each other or cannot be meant.
func (o *options) check() error {
	switch {
	case o.role != "" && o.roleColumn != "":
		return usageError("-role and -role-column are two answers to one question; give one of them")
	case o.app != "" && o.appID != "":
		return usageError("-app and -app-id name one application twice; give one of them")
	case o.webhook != "" && o.serviceNow != "":
		return usageError("-webhook and -servicenow are two receivers of the same tickets; give one of them")
	case o.graph != "" && o.live:
		return usageError("-graph and -live are two tenants; give one of them")
	case o.cloud != "" && !o.live:
		return usageError("-cloud says where your tenant of -live is; give -live too")
	case o.wait <= 0:
		return usageError("-wait is how long to look for what was written, and must be more than 0")
	case o.timeout < 0:
		return usageError("-timeout cannot be less than 0")
	case o.acceptUnresolved < 0:
		return usageError("-accept-unresolved is a number of rows and cannot be less than 0")
	case o.remove == assign.RemoveOurs && o.journal == "":
		return usageError("-remove ours needs the -journal that says which assignments are ours")
	case o.minHolders < 0:
		return usageError("-min-holders is a number of users and cannot be less than 0")
	case !o.removes() && len(o.args) == 0 && (o.maxRemovals != 0 || o.maxRemovalShare != 0 || o.acceptUnresolved != 0 ||
		o.protect != nil || o.minHolders != 0):
		return usageError("limits of removals mean nothing without -remove unlisted or ours")
	}
	return o.checkReview()
}

// removes reports whether assignments may be taken away.
func (o *options) removes() bool { return o.remove != "" && o.remove != assign.RemoveNothing }

// checkReview refuses flags about reviews that cannot be meant.
func (o *options) checkReview() error {
	for _, stage := range o.stages {
		if stage.who == reviewers && len(o.reviewers) == 0 {
			return usageError("-stages names reviewers, and no -reviewer says who they are")
		}
	}
	switch {
	case len(o.reviewers) > 0 && o.stages != nil &&
		!slices.ContainsFunc(o.stages, func(s stage) bool { return s.who != owners }):
		return usageError("-reviewer has nothing to do where -stages names only owners")
	case len(o.stages) > 3:
		return usageError("-stages has %d stages, and a review has at most 3", len(o.stages))
	case !slices.Contains([]string{"", "remind", "stop", "apply"}, o.do):
		return usageError("-do wants remind, stop or apply")
	}
	return nil
}

func (o *options) addTicketField(value string) error {
	name, text, ok := strings.Cut(value, "=")
	if !ok || strings.TrimSpace(name) == "" {
		return errors.New("want FIELD=VALUE, such as assignment_group=Access")
	}
	if o.ticketFields == nil {
		o.ticketFields = make(map[string]string)
	}
	o.ticketFields[strings.TrimSpace(name)] = text
	return nil
}

func (o *options) setCreate(value string) (err error) {
	o.create, err = entra.ParseUserColumns(value)
	return err
}

func (o *options) setRemove(value string) error {
	switch value {
	case "nothing", "unlisted", "ours":
		o.remove = assign.RemovePolicy(value)
		return nil
	}
	return errors.New("want nothing, unlisted or ours")
}

// A need is a flag, or one of several, that a command cannot do without.
type need struct {
	flag string
	met  func(*options) bool
}

var (
	needRoster = need{"-roster FILE", func(o *options) bool { return o.roster != "" }}
	needMatch  = need{"-match COLUMN=ATTRIBUTE", func(o *options) bool { return len(o.rules) > 0 }}
	needApp    = need{"-app NAME", func(o *options) bool { return o.app+o.appID != "" }}
	needRole   = need{"-role NAME or -role-column COLUMN", func(o *options) bool {
		return o.role != "" || o.roleColumn != ""
	}}
	needPackage = need{"-package NAME", func(o *options) bool { return o.packageName != "" }}
	needTarget  = need{"-catalog, -resource and -review NAME, or -out FILE", func(o *options) bool {
		upload := o.catalog != "" && o.resource != "" && o.review != ""
		return upload && o.out == "" || o.out != "" && o.catalog+o.resource+o.review == ""
	}}
	needCreate          = need{"-create MAPPING", func(o *options) bool { return o.create != nil }}
	needRosterForColumn = need{"-roster FILE, as -role-column is one of its columns", func(o *options) bool {
		return o.roleColumn == "" || o.roster != ""
	}}
	needPlan      = need{"a PLANFILE", func(o *options) bool { return len(o.args) > 0 }}
	needReviewers = need{"-reviewer UPN or -stages", func(o *options) bool {
		return len(o.reviewers)+len(o.stages) > 0
	}}
	needJournal = need{"-journal FILE", func(o *options) bool { return o.journal != "" }}
	needRun     = need{"the number of a RUN", func(o *options) bool { return len(o.args) > 0 }}
	needBoth    = need{"for a list both -roster FILE and -match COLUMN=ATTRIBUTE", func(o *options) bool {
		return (o.roster == "") == (len(o.rules) == 0)
	}}
	needPlanOrFlags = need{"a PLANFILE, or -roster, -match, -app and -role or -role-column", func(o *options) bool {
		return len(o.args) > 0 || needRoster.met(o) && needMatch.met(o) && needApp.met(o) && needRole.met(o)
	}}
)

// check reports which of the flags that the command needs are missing.
func (c command) check(o *options) error {
	var missing []string
	for _, n := range c.needs {
		if !n.met(o) {
			missing = append(missing, n.flag)
		}
	}
	if missing != nil {
		return usageError("%s needs %s; see govern -h", c.name, enumerate(missing))
	}
	if len(o.args) > c.args {
		return usageError("%s does not know what to do with %q; see govern -h", c.name, o.args[c.args])
	}
	return nil
}
