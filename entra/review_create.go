package entra

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
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
	err = c.waitOut(ctx, func() error {
		created := *definition // an abbreviated answer leaves the rest as it was sent
		look := func(ctx context.Context) (there bool, err error) {
			found, err = c.findReview(ctx, r.ServicePrincipalID, r.name())
			return found != nil, err
		}
		err := c.do(ctx, request{op: opCreateReview, method: http.MethodPost, path: reviewsPath, body: definition, settle: look}, &created)
		if err != nil && (errors.Is(err, ErrNotFound) || errors.Is(err, ErrNotReplicated)) && c.wrote.fresh(r.ServicePrincipalID) {
			return notYet{err}
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
	return pages[*ReviewDefinition](ctx, c, request{op: opReadReview, path: reviewsPath})
}

// ReviewsOf returns the access reviews of the service principal with that
// object id. There is no filter for them, so that all reviews are read.
func (c *Client) ReviewsOf(ctx context.Context, servicePrincipalID string) ([]*ReviewDefinition, error) {
	all, err := collect(c.Reviews(ctx), func(d *ReviewDefinition) string { return d.ID })
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(d *ReviewDefinition) bool { return !d.Covers(servicePrincipalID) }), nil
}

// FindReview returns the review of that name of the service principal with that
// object id. It fails with [ErrNotFound] if there is none, and with
// [ErrAmbiguous] if there are several.
func (c *Client) FindReview(ctx context.Context, servicePrincipalID, displayName string) (*ReviewDefinition, error) {
	found, err := c.findReview(ctx, servicePrincipalID, strings.TrimSpace(displayName))
	if found == nil && err == nil {
		err = fmt.Errorf("access review %q: %w", displayName, ErrNotFound)
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
		return nil, fmt.Errorf("access review %q: %w: the application has %d reviews of that name (%s); delete those that are not meant",
			name, ErrAmbiguous, len(ids), strings.Join(ids, ", "))
	}
	return found, nil
}

// ReadReview returns the review with that id, as it is now.
// https://learn.microsoft.com/graph/api/accessreviewscheduledefinition-get
func (c *Client) ReadReview(ctx context.Context, id string) (*ReviewDefinition, error) {
	review := new(ReviewDefinition)
	if err := c.do(ctx, request{op: opReadReview, path: reviewPath(id)}, review); err != nil {
		return nil, err
	}
	return review, nil
}
