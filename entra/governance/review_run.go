package governance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/entra/graph"
)

const reviewsPath = "/identityGovernance/accessReviews/definitions"

// CreateReview creates the review, or finds the one with that name for that
// application; existed says which. A review that it finds is left as it is, even
// if it differs from r. CreateReview is safe to repeat, and it settles an unclear
// outcome by looking. A review that breaks a rule is a [*ReviewError].
// Permission: AccessReview.ReadWrite.All.
// https://learn.microsoft.com/graph/api/accessreviewset-post-definitions
func (c *Client) CreateReview(ctx context.Context, r Review) (review *ReviewDefinition, existed bool, err error) {
	definition, err := r.Definition()
	if err != nil {
		return nil, false, err
	}
	found, err := c.findReview(ctx, r.ServicePrincipalID, r.name())
	if found != nil || err != nil {
		return found, found != nil, err
	}
	created := *definition // an abbreviated answer leaves the rest as it was sent
	look := func(ctx context.Context) (there bool, err error) {
		found, err = c.findReview(ctx, r.ServicePrincipalID, r.name())
		return found != nil, err
	}
	err = c.conn.WaitOut(ctx, func() error {
		err := c.conn.Do(ctx, graph.Request{Op: opCreateReview, Method: http.MethodPost, Path: reviewsPath,
			Body: definition, Settle: look}, &created)
		unseen := errors.Is(err, graph.ErrNotFound) || errors.Is(err, graph.ErrNotReplicated)
		if unseen && c.conn.JustWritten(r.ServicePrincipalID) {
			return graph.NotYet(err)
		}
		return err
	})
	if err == nil && found == nil && created.ID == "" {
		err = lookFor(ctx, opCreateReview, look)
	}
	if err != nil {
		return nil, false, fmt.Errorf("access review %q: %w", r.DisplayName, err)
	}
	created.noScope, created.noAutoApply = false, false // what does not come back is as it was sent
	return cmp.Or(found, &created), false, nil
}

// Reviews yields all access reviews of the tenant, whatever they are about. Each
// pair is a review and nil, or nil and an error, which is the last pair. One that
// comes without its scope may be about any application: it is [graph.ErrIncomplete].
// Permission: AccessReview.Read.All.
// https://learn.microsoft.com/graph/api/accessreviewset-list-definitions
func (c *Client) Reviews(ctx context.Context) iter.Seq2[*ReviewDefinition, error] {
	reviews := graph.Pages[*ReviewDefinition](ctx, c.conn, graph.Request{Op: opReadReview, Path: reviewsPath})
	return complete(opReadReview, "a review", reviews, (*ReviewDefinition).missing)
}

// ReviewsOf returns the access reviews of the service principal with that object
// id. Graph has no filter for them, so it reads all reviews of the tenant.
// Permission: AccessReview.Read.All.
func (c *Client) ReviewsOf(ctx context.Context, servicePrincipalID string) ([]*ReviewDefinition, error) {
	all, err := collect(opReadReview, c.Reviews(ctx), func(d *ReviewDefinition) string { return d.ID })
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(d *ReviewDefinition) bool { return !d.Covers(servicePrincipalID) }), nil
}

// FindReview returns the review with that name of the service principal with
// that object id. It fails with [graph.ErrNotFound] if there is none and with an
// [*entra.AmbiguousError] if there are several.
// Permission: AccessReview.Read.All.
func (c *Client) FindReview(ctx context.Context, servicePrincipalID, displayName string) (*ReviewDefinition, error) {
	found, err := c.findReview(ctx, servicePrincipalID, strings.TrimSpace(displayName))
	if found == nil && err == nil {
		err = fmt.Errorf("access review %q: %w", displayName, graph.ErrNotFound)
	}
	return found, err
}

// findReview returns nil if no review has that name.
func (c *Client) findReview(ctx context.Context, servicePrincipalID, name string) (*ReviewDefinition, error) {
	reviews, err := c.ReviewsOf(ctx, servicePrincipalID)
	if err != nil {
		return nil, err
	}
	for _, d := range reviews {
		if d.DisplayName == "" {
			return nil, opReadReview.Missing("the review "+d.ID, "displayName")
		}
	}
	others := func(d *ReviewDefinition) bool { return !strings.EqualFold(d.DisplayName, name) }
	switch found := slices.DeleteFunc(reviews, others); len(found) {
	case 0:
		return nil, nil
	case 1:
		return found[0], nil
	default:
		return nil, ambiguous("access review", name, found, func(d *ReviewDefinition) string { return d.ID })
	}
}

// ReadReview returns the review with that id, as it is now. One that lacks its
// scope, and another review than the one asked for, are [graph.ErrIncomplete].
// Permission: AccessReview.Read.All.
// https://learn.microsoft.com/graph/api/accessreviewscheduledefinition-get
func (c *Client) ReadReview(ctx context.Context, id string) (*ReviewDefinition, error) {
	review, err := read[ReviewDefinition](ctx, c, opReadReview, reviewPath(id))
	if err == nil {
		err = answersTo("the review", id, review.ID, review.missing())
	}
	if err != nil {
		return nil, err
	}
	return review, nil
}

// answersTo returns an error unless an object is the one that was asked for, and
// has what a conclusion rests on.
func answersTo(name, asked, id, missing string) error {
	switch {
	case missing != "":
		return opReadReview.Missing(name+" "+asked, missing)
	case !strings.EqualFold(asked, id):
		return opReadReview.Missing(name+" "+asked, "its id, but with "+id)
	}
	return nil
}

func reviewPath(id string) string { return reviewsPath + "/" + url.PathEscape(id) }

func instancePath(reviewID, instanceID string) string {
	return reviewPath(reviewID) + "/instances/" + url.PathEscape(instanceID)
}

// ReviewInstances returns the rounds of a review, in the service's order. Of a
// series it returns those that have begun and the next one.
// Permission: AccessReview.Read.All.
// https://learn.microsoft.com/graph/api/accessreviewscheduledefinition-list-instances
func (c *Client) ReviewInstances(ctx context.Context, reviewID string) ([]ReviewInstance, error) {
	req := graph.Request{Op: opReadReview, Path: reviewPath(reviewID) + "/instances"}
	rounds := graph.Pages[ReviewInstance](ctx, c.conn, req)
	return collect(opReadReview, complete(opReadReview, "a round", rounds, ReviewInstance.missing),
		func(i ReviewInstance) string { return i.ID })
}

// ReviewInstance returns one round of a review, as it is now. One without a status,
// and another round than the one asked for, are [graph.ErrIncomplete].
// Permission: AccessReview.Read.All.
// https://learn.microsoft.com/graph/api/accessreviewinstance-get
func (c *Client) ReviewInstance(ctx context.Context, reviewID, instanceID string) (*ReviewInstance, error) {
	round, err := read[ReviewInstance](ctx, c, opReadReview, instancePath(reviewID, instanceID))
	if err == nil {
		err = answersTo("the round", instanceID, round.ID, round.missing())
	}
	if err != nil {
		return nil, err
	}
	return round, nil
}

// ReviewDecisions yields the decisions of one round, page by page. Each pair is
// a decision and nil, or an error, which is the last pair and means that the
// list is unfinished. There may be several decisions about one principal.
// Permission: AccessReview.Read.All.
// https://learn.microsoft.com/graph/api/accessreviewinstance-list-decisions
func (c *Client) ReviewDecisions(ctx context.Context, reviewID, instanceID string) iter.Seq2[ReviewDecision, error] {
	path := instancePath(reviewID, instanceID) + "/decisions"
	decisions := graph.Pages[ReviewDecision](ctx, c.conn, graph.Request{Op: opReadReview, Path: path})
	return complete(opReadReview, "a decision", decisions, ReviewDecision.missing)
}

// ContactedReviewers returns who was asked to decide in one round, even if no
// mails are sent. Permission: AccessReview.Read.All.
// https://learn.microsoft.com/graph/api/accessreviewinstance-list-contactedreviewers
func (c *Client) ContactedReviewers(ctx context.Context, reviewID, instanceID string) ([]ReviewIdentity, error) {
	path := instancePath(reviewID, instanceID) + "/contactedReviewers"
	reviewers := graph.Pages[ReviewIdentity](ctx, c.conn, graph.Request{Op: opReadReview, Path: path})
	return collect(opReadReview, complete(opReadReview, "a reviewer", reviewers, ReviewIdentity.missing),
		func(i ReviewIdentity) string { return i.ID })
}

// WaitReviewOptions are the options of [Client.WaitReview].
type WaitReviewOptions struct {
	// Interval is the time between two looks; 0 means 1 min.
	Interval time.Duration
	// Wait is how long to wait; 0 means until ctx ends.
	Wait time.Duration
	// Progress, if set, is called with what each look shows.
	Progress func(ReviewInstance)
}

// ErrReviewRunning says that a review was not finished in the time given.
var ErrReviewRunning = errors.New("the access review is not finished")

// WaitReview waits until the current round of a review is finished: its
// decisions are applied, or it is complete and does not apply them by itself.
// The current round is the last one that has begun; if none has, WaitReview
// waits for the first. It returns the round as it saw it last, with
// [ErrReviewRunning] if that was not finished when Options.Wait was over or ctx
// ended; in the latter case the error wraps ctx's, too. The round is nil if none
// was seen. A review that came without autoApplyDecisionsEnabled is
// [graph.ErrIncomplete]. Permission: AccessReview.Read.All.
func (c *Client) WaitReview(ctx context.Context, review *ReviewDefinition,
	opts *WaitReviewOptions) (*ReviewInstance, error) {
	o := *cmp.Or(opts, new(WaitReviewOptions))
	if o.Wait < 0 || o.Interval < 0 {
		return nil, errors.New("wait for a review: Wait and Interval can't be negative")
	}
	if review.noAutoApply {
		return nil, opReadReview.Missing("the review "+review.ID, "settings/autoApplyDecisionsEnabled")
	}
	o.Interval = cmp.Or(o.Interval, time.Minute)
	started := time.Now()
	var round *ReviewInstance
	for {
		seen, err := c.currentRound(ctx, review.ID, round)
		if err != nil {
			return round, err
		}
		status := ReviewNotStarted
		if round = seen; round != nil {
			status = round.Status
			if o.Progress != nil {
				o.Progress(*round)
			}
		}
		if status.Finished(review.Settings.AutoApplyDecisionsEnabled) {
			return round, nil
		}
		if o.Wait > 0 && time.Since(started)+o.Interval > o.Wait {
			return round, fmt.Errorf("%w after %v; its status is %s", ErrReviewRunning, o.Wait, status)
		}
		if err := graph.Sleep(ctx, o.Interval); err != nil {
			return round, fmt.Errorf("%w; its status is %s: %w", ErrReviewRunning, status, err)
		}
	}
}

// currentRound reads the known round again. Without one it finds the last round
// that has begun; nil if there is none yet.
func (c *Client) currentRound(ctx context.Context, reviewID string, known *ReviewInstance) (*ReviewInstance, error) {
	if known != nil {
		return c.ReviewInstance(ctx, reviewID, known.ID)
	}
	rounds, err := c.ReviewInstances(ctx, reviewID)
	for _, round := range rounds {
		if round.StartDateTime.IsZero() {
			return nil, opReadReview.Missing("a round", "startDateTime")
		}
	}
	begun := slices.DeleteFunc(rounds, func(i ReviewInstance) bool { return i.StartDateTime.After(time.Now()) })
	if err != nil || len(begun) == 0 {
		return nil, err
	}
	last := slices.MaxFunc(begun, func(a, b ReviewInstance) int { return a.StartDateTime.Compare(b.StartDateTime) })
	return &last, nil
}

// RemindReviewers sends a mail to the reviewers of a running round who have not
// decided everything. If the outcome is unclear, the mail is sent again: a second
// one does no harm. Permission: AccessReview.ReadWrite.All.
// https://learn.microsoft.com/graph/api/accessreviewinstance-sendreminder
func (c *Client) RemindReviewers(ctx context.Context, reviewID, instanceID string) error {
	return c.conn.Do(ctx, graph.Request{Op: opManageReview, Method: http.MethodPost,
		Path: instancePath(reviewID, instanceID) + "/sendReminder", Idempotent: true}, nil)
}

// StopReview ends a round before its time; it can't be resumed. Later rounds
// still take place. A round that is over already is a success.
// Permission: AccessReview.ReadWrite.All.
// https://learn.microsoft.com/graph/api/accessreviewinstance-stop
func (c *Client) StopReview(ctx context.Context, reviewID, instanceID string) error {
	return c.actOnRound(ctx, reviewID, instanceID, "stop", func(s ReviewStatus) (bool, error) { return s.over(), nil })
}

// ApplyDecisions removes the access of denied users after a round that does not
// do so by itself. The round must be complete; otherwise the error is a
// [*ReviewError]. A round that is applied already is a success.
// Permission: AccessReview.ReadWrite.All.
// https://learn.microsoft.com/graph/api/accessreviewinstance-applydecisions
func (c *Client) ApplyDecisions(ctx context.Context, reviewID, instanceID string) error {
	return c.actOnRound(ctx, reviewID, instanceID, "applyDecisions", func(s ReviewStatus) (bool, error) {
		switch {
		case s.Is(ReviewApplying, ReviewApplied):
			return true, nil
		case s.Is(ReviewCompleted, ReviewAutoReviewed):
			return false, nil
		}
		return false, &ReviewError{reviewID, fmt.Sprintf("its status is %s, and decisions can be applied once it is %s; "+
			"wait, or stop the review", s, ReviewCompleted)}
	})
}

// actOnRound posts an action to a round, unless done says of the round's status
// that it is not needed or not possible. After an unclear outcome it looks again.
func (c *Client) actOnRound(ctx context.Context, reviewID, instanceID, action string,
	done func(ReviewStatus) (bool, error)) error {
	look := func(ctx context.Context) (bool, error) {
		instance, err := c.ReviewInstance(ctx, reviewID, instanceID)
		if err != nil {
			return false, err
		}
		return done(instance.Status)
	}
	if there, err := look(ctx); there || err != nil {
		return err
	}
	return c.conn.Do(ctx, graph.Request{Op: opManageReview, Method: http.MethodPost,
		Path: instancePath(reviewID, instanceID) + "/" + action, Settle: look}, nil)
}
