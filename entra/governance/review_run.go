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

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
)

const reviewsPath = "/identityGovernance/accessReviews/definitions"

// CreateReview creates the review, or finds the one of that name for that
// application: existed says which. What is found is left as it is, also if it
// differs from r. It is safe to repeat, and an unclear outcome is settled by
// looking. A review that breaks a rule is a [*ReviewError].
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
	err = c.conn.WaitOut(ctx, func() error {
		created := *definition // an abbreviated answer leaves the rest as it was sent
		look := func(ctx context.Context) (there bool, err error) {
			found, err = c.findReview(ctx, r.ServicePrincipalID, r.name())
			return found != nil, err
		}
		err := c.conn.Do(ctx, graph.Request{Op: opCreateReview, Method: http.MethodPost, Path: reviewsPath, Body: definition, Settle: look}, &created)
		if err != nil && (errors.Is(err, graph.ErrNotFound) || errors.Is(err, graph.ErrNotReplicated)) && c.conn.JustWritten(r.ServicePrincipalID) {
			return graph.NotYet(err)
		}
		if found == nil {
			found = &created
		}
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("access review %q: %w", r.DisplayName, err)
	}
	return found, false, nil
}

// Reviews yields all access reviews of the tenant, of whatever they are. Each
// pair is a review and nil, or nil and an error, which is the last pair.
// Permission: AccessReview.Read.All.
// https://learn.microsoft.com/graph/api/accessreviewset-list-definitions
func (c *Client) Reviews(ctx context.Context) iter.Seq2[*ReviewDefinition, error] {
	return graph.Pages[*ReviewDefinition](ctx, c.conn, graph.Request{Op: opReadReview, Path: reviewsPath})
}

// ReviewsOf returns the access reviews of the service principal with that
// object id. There is no filter for them, so that all reviews are read.
func (c *Client) ReviewsOf(ctx context.Context, servicePrincipalID string) ([]*ReviewDefinition, error) {
	all, err := graph.Collect(c.Reviews(ctx), func(d *ReviewDefinition) string { return d.ID })
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(d *ReviewDefinition) bool { return !d.Covers(servicePrincipalID) }), nil
}

// FindReview returns the review of that name of the service principal with that
// object id. It fails with [ErrNotFound] if there is none, and with
// an [*entra.AmbiguousError] if there are several.
func (c *Client) FindReview(ctx context.Context, servicePrincipalID, displayName string) (*ReviewDefinition, error) {
	found, err := c.findReview(ctx, servicePrincipalID, strings.TrimSpace(displayName))
	if found == nil && err == nil {
		err = fmt.Errorf("access review %q: %w", displayName, graph.ErrNotFound)
	}
	return found, err
}

// findReview returns nil if there is none of that name.
func (c *Client) findReview(ctx context.Context, servicePrincipalID, name string) (*ReviewDefinition, error) {
	reviews, err := c.ReviewsOf(ctx, servicePrincipalID)
	if err != nil {
		return nil, err
	}
	var ids []string
	var found *ReviewDefinition
	for _, review := range reviews {
		if strings.EqualFold(review.DisplayName, name) {
			found = review
			ids = append(ids, review.ID)
		}
	}
	if len(ids) > 1 {
		return nil, &entra.AmbiguousError{Kind: "access review", Name: name, IDs: ids}
	}
	return found, nil
}

// ReadReview returns the review with that id, as it is now.
// https://learn.microsoft.com/graph/api/accessreviewscheduledefinition-get
func (c *Client) ReadReview(ctx context.Context, id string) (*ReviewDefinition, error) {
	review := new(ReviewDefinition)
	if err := c.conn.Do(ctx, graph.Request{Op: opReadReview, Path: reviewPath(id)}, review); err != nil {
		return nil, err
	}
	return review, nil
}

func reviewPath(id string) string { return reviewsPath + "/" + url.PathEscape(id) }

func instancePath(reviewID, instanceID string) string {
	return reviewPath(reviewID) + "/instances/" + url.PathEscape(instanceID)
}

// ReviewInstances returns the rounds of a review, in the service's order. A
// series has only those that were begun or come next.
// https://learn.microsoft.com/graph/api/accessreviewscheduledefinition-list-instances
func (c *Client) ReviewInstances(ctx context.Context, reviewID string) ([]ReviewInstance, error) {
	list := graph.Request{Op: opReadReview, Path: reviewPath(reviewID) + "/instances"}
	return graph.Collect(graph.Pages[ReviewInstance](ctx, c.conn, list), func(i ReviewInstance) string { return i.ID })
}

// ReviewInstance returns one round of a review, as it is now.
// https://learn.microsoft.com/graph/api/accessreviewinstance-get
func (c *Client) ReviewInstance(ctx context.Context, reviewID, instanceID string) (*ReviewInstance, error) {
	instance := new(ReviewInstance)
	if err := c.conn.Do(ctx, graph.Request{Op: opReadReview, Path: instancePath(reviewID, instanceID)}, instance); err != nil {
		return nil, err
	}
	return instance, nil
}

// ReviewDecisions yields the decisions of one round, page by page: each pair is
// a decision and nil, or an error, which is the last pair and means that the
// list is unfinished. There may be several about one principal.
// https://learn.microsoft.com/graph/api/accessreviewinstance-list-decisions
func (c *Client) ReviewDecisions(ctx context.Context, reviewID, instanceID string) iter.Seq2[ReviewDecision, error] {
	return graph.Pages[ReviewDecision](ctx, c.conn, graph.Request{Op: opReadReview, Path: instancePath(reviewID, instanceID) + "/decisions"})
}

// ContactedReviewers returns who was asked to decide in one round, also where
// mails are off.
// https://learn.microsoft.com/graph/api/accessreviewinstance-list-contactedreviewers
func (c *Client) ContactedReviewers(ctx context.Context, reviewID, instanceID string) ([]ReviewIdentity, error) {
	list := graph.Request{Op: opReadReview, Path: instancePath(reviewID, instanceID) + "/contactedReviewers"}
	return graph.Collect(graph.Pages[ReviewIdentity](ctx, c.conn, list), func(i ReviewIdentity) string { return i.ID })
}

// WaitReviewOptions are the options of [Client.WaitReview].
type WaitReviewOptions struct {
	// Interval is the time between two looks; 0 = 1 min.
	Interval time.Duration
	// For ends the waiting after so long; 0 = only ctx does.
	For time.Duration
	// Progress, if set, is called with what each look shows.
	Progress func(ReviewInstance)
}

// ErrReviewRunning says that a review was not finished in the time given.
var ErrReviewRunning = errors.New("the access review is not finished")

// WaitReview looks at a review until its current round is finished: the
// decisions are applied, or it is complete and does not apply them by itself.
// The current round is the last one that has begun; it is waited for if there
// is none yet. WaitReview returns the round as seen last, with
// [ErrReviewRunning] if For is over and with ctx's error if that ends first.
// Permission: AccessReview.Read.All.
func (c *Client) WaitReview(ctx context.Context, review *ReviewDefinition, opts *WaitReviewOptions) (*ReviewInstance, error) {
	var o WaitReviewOptions
	if opts != nil {
		o = *opts
	}
	o.Interval = cmp.Or(o.Interval, time.Minute)
	started := time.Now()
	for round := (&ReviewInstance{Status: ReviewNotStarted}); ; {
		seen, err := c.lookAtRound(ctx, review.ID, round.ID)
		if err != nil {
			return nil, err
		}
		if seen != nil {
			round = seen
			if o.Progress != nil {
				o.Progress(*round)
			}
		}
		if round.Status.Finished(review.Settings.AutoApplyDecisionsEnabled) {
			return round, nil
		}
		if o.For > 0 && time.Since(started)+o.Interval > o.For {
			return round, fmt.Errorf("%w after %v; its status is %s", ErrReviewRunning, o.For, round.Status)
		}
		if err := graph.SleepUntil(ctx, time.Now().Add(o.Interval)); err != nil {
			return round, fmt.Errorf("%w; its status is %s: %w", ErrReviewRunning, round.Status, err)
		}
	}
}

// lookAtRound reads the round with that id, or, as long as that is not known,
// the review's current round; nil if there is none yet.
func (c *Client) lookAtRound(ctx context.Context, reviewID, id string) (*ReviewInstance, error) {
	if id != "" {
		return c.ReviewInstance(ctx, reviewID, id)
	}
	rounds, err := c.ReviewInstances(ctx, reviewID)
	if err != nil {
		return nil, err
	}
	var current *ReviewInstance
	for i, round := range rounds {
		if !round.StartDateTime.After(time.Now()) && (current == nil || round.StartDateTime.After(current.StartDateTime)) {
			current = &rounds[i]
		}
	}
	return current, nil
}

// RemindReviewers sends a mail to the reviewers of a round that runs who have
// not decided everything. If its outcome is unclear it is sent again: a second
// mail does no harm.
// https://learn.microsoft.com/graph/api/accessreviewinstance-sendreminder
func (c *Client) RemindReviewers(ctx context.Context, reviewID, instanceID string) error {
	return c.conn.Do(ctx, graph.Request{Op: opManageReview, Method: http.MethodPost,
		Path: instancePath(reviewID, instanceID) + "/sendReminder", Idempotent: true}, nil)
}

// StopReview ends a round before its time; it can't be taken up again. The
// rounds to come are not concerned. A round that is over already is a success.
// https://learn.microsoft.com/graph/api/accessreviewinstance-stop
func (c *Client) StopReview(ctx context.Context, reviewID, instanceID string) error {
	return c.bring(ctx, reviewID, instanceID, "stop", ReviewStatus.over, func(ReviewStatus) error { return nil })
}

// ApplyDecisions takes the access of denied users away after a round that does
// not do so by itself. It must be complete; otherwise that is a [*ReviewError].
// A round that is applied already is a success.
// https://learn.microsoft.com/graph/api/accessreviewinstance-applydecisions
func (c *Client) ApplyDecisions(ctx context.Context, reviewID, instanceID string) error {
	applied := func(s ReviewStatus) bool { return s.Is(ReviewApplying, ReviewApplied) }
	return c.bring(ctx, reviewID, instanceID, "applyDecisions", applied, func(s ReviewStatus) error {
		if s.Is(ReviewCompleted, ReviewAutoReviewed) {
			return nil
		}
		return &ReviewError{reviewID, fmt.Sprintf("its status is %s, and decisions can be applied once it is %s; wait, or stop the review", s, ReviewCompleted)}
	})
}

// bring takes an action on a round, unless the round is there already or not
// ready for it. After an unclear outcome, the round is looked at.
func (c *Client) bring(ctx context.Context, reviewID, instanceID, action string, there func(ReviewStatus) bool, ready func(ReviewStatus) error) error {
	var now ReviewStatus
	look := func(ctx context.Context) (bool, error) {
		instance, err := c.ReviewInstance(ctx, reviewID, instanceID)
		if err != nil {
			return false, err
		}
		now = instance.Status
		return there(now), nil
	}
	if done, err := look(ctx); done || err != nil {
		return err
	}
	if err := ready(now); err != nil {
		return err
	}
	return c.conn.Do(ctx, graph.Request{Op: opManageReview, Method: http.MethodPost, Path: instancePath(reviewID, instanceID) + "/" + action, Settle: look}, nil)
}
