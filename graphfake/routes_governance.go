package graphfake

// The paths of access reviews.
const (
	reviews   = "/identityGovernance/accessReviews/definitions"
	instances = reviews + "/{definition}/instances/{instance}"
)

// What the governance services ask for.
// https://learn.microsoft.com/graph/permissions-reference#access-review-permissions
var (
	readReviews  = access{"AccessReview.Read.All AccessReview.ReadWrite.All", "AccessReview.Read.All AccessReview.ReadWrite.All"}
	writeReviews = access{"AccessReview.ReadWrite.All", "AccessReview.ReadWrite.All"}
)

// governanceRoutes is the part of the table for the governance services. Their
// costs are believed: operations that are not listed cost 1.
func governanceRoutes() []route {
	return []route{
		{get, reviews, governed(listReviews), 1, readReviews},
		{post, reviews, governed(createReview), 1, writeReviews},
		{get, reviews + "/{definition}", governed(getReview), 1, readReviews},
		{put, reviews + "/{definition}", governed(replaceReview), 1, writeReviews},
		{del, reviews + "/{definition}", governed(deleteReview), 1, writeReviews},
		{get, reviews + "/{definition}/instances", governed(listInstances), 1, readReviews},
		{get, instances, governed(getInstance), 1, readReviews},
		{get, instances + "/contactedReviewers", governed(listContacted), 1, readReviews},
		{get, instances + "/decisions", governed(listDecisions), 1, readReviews},
		{get, instances + "/decisions/{decision}", governed(getDecision), 1, readReviews},
	}
}
