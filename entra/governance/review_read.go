package governance

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall-go/rollcall/entra/graph"
)

const reviewsPath = "/identityGovernance/accessReviews/definitions"

// Reviews yields all access reviews of the tenant, whatever they are about. Each
// pair is a review and nil, or nil and an error, which is the last pair. One that
// comes without its scope may be about any application: it is [graph.ErrIncomplete].
// Permission: AccessReview.Read.All.
// https://learn.microsoft.com/graph/api/accessreviewset-list-definitions
func (c *Client) Reviews(ctx context.Context) iter.Seq2[*ReviewDefinition, error] {
	id := func(d *ReviewDefinition) string { return d.ID }
	return reviewObjects(ctx, c, "a review", reviewsPath, id, (*ReviewDefinition).missing)
}

// reviewPage is the number of objects on a page of Graph's lists about reviews.
const reviewPage = 100

// reviewObjects reads one of Graph's lists about reviews. They are documented with
// pages of 100 by $skip, and none of the examples has a link to the next page, so
// one that ends with a full page is asked for what follows. An object that lacks a
// property ends the list with an error, and so do two that share an id and differ;
// one that comes twice, as the list moves, is yielded once.
func reviewObjects[T any](ctx context.Context, c *Client, name, path string,
	id, missing func(T) string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		seen, query := map[string]T{}, ""
		for {
			pages := graph.Pages[T](ctx, c.conn, graph.Request{Op: opReadReview, Path: path + query})
			count, before := 0, len(seen)
			for object, err := range complete(opReadReview, name, pages, missing) {
				if err != nil {
					yield(object, err)
					return
				}
				count++
				earlier, again := seen[id(object)]
				switch {
				case again && !reflect.DeepEqual(earlier, object):
					yield(object, &graph.Error{Op: opReadReview, Err: fmt.Errorf("%w: two of the list have the id %s",
						graph.ErrIncomplete, id(object))})
					return
				case again:
					continue
				case !yield(object, nil):
					return
				}
				seen[id(object)] = object
			}
			if len(seen) == before || count%reviewPage != 0 {
				return
			}
			query = "?$skip=" + strconv.Itoa(len(seen))
		}
	}
}

// ReviewsOf returns the access reviews of the service principal with that object
// id. Graph has no filter for them, so it reads all reviews of the tenant.
// Permission: AccessReview.Read.All.
func (c *Client) ReviewsOf(ctx context.Context, servicePrincipalID string) ([]*ReviewDefinition, error) {
	all, err := graph.Collect(opReadReview, c.Reviews(ctx), func(d *ReviewDefinition) string { return d.ID })
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
	id := func(i ReviewInstance) string { return i.ID }
	rounds := reviewObjects(ctx, c, "a round", reviewPath(reviewID)+"/instances", id, ReviewInstance.missing)
	return graph.Collect(opReadReview, rounds, id)
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
	return reviewObjects(ctx, c, "a decision", path, ReviewDecision.id, ReviewDecision.missing)
}

func (d ReviewDecision) id() string { return d.ID }

// ReviewStages returns the stages of a round that have begun.
// Permission: AccessReview.Read.All.
// https://learn.microsoft.com/graph/api/accessreviewinstance-list-stages
func (c *Client) ReviewStages(ctx context.Context, reviewID, instanceID string) ([]ReviewStageInstance, error) {
	id := func(s ReviewStageInstance) string { return s.ID }
	path := instancePath(reviewID, instanceID) + "/stages"
	return graph.Collect(opReadReview, reviewObjects(ctx, c, "a stage", path, id, ReviewStageInstance.missing), id)
}

// StageDecisions yields the decisions of one stage, as ReviewDecisions does those
// of a round. Permission: AccessReview.Read.All.
// https://learn.microsoft.com/graph/api/accessreviewstage-list-decisions
func (c *Client) StageDecisions(ctx context.Context,
	reviewID, instanceID, stageID string) iter.Seq2[ReviewDecision, error] {
	path := instancePath(reviewID, instanceID) + "/stages/" + url.PathEscape(stageID) + "/decisions"
	return reviewObjects(ctx, c, "a decision", path, ReviewDecision.id, ReviewDecision.missing)
}

// ContactedReviewers returns who was asked to decide in one round, even if no
// mails are sent. Permission: AccessReview.Read.All.
// https://learn.microsoft.com/graph/api/accessreviewinstance-list-contactedreviewers
func (c *Client) ContactedReviewers(ctx context.Context, reviewID, instanceID string) ([]ReviewIdentity, error) {
	id := func(i ReviewIdentity) string { return i.ID }
	path := instancePath(reviewID, instanceID) + "/contactedReviewers"
	return graph.Collect(opReadReview, reviewObjects(ctx, c, "a reviewer", path, id, ReviewIdentity.missing), id)
}
