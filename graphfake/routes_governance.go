package graphfake

// The paths of access reviews.
const (
	reviews   = "/identityGovernance/accessReviews/definitions"
	instances = reviews + "/{definition}/instances/{instance}"
	stages    = instances + "/stages/{stage}"
)

// What the governance services ask for.
// https://learn.microsoft.com/graph/permissions-reference#access-review-permissions
var (
	readReviews  = access{"AccessReview.Read.All AccessReview.ReadWrite.All", "AccessReview.Read.All AccessReview.ReadWrite.All"}
	writeReviews = access{"AccessReview.ReadWrite.All", "AccessReview.ReadWrite.All"}
	asReviewer   = access{nobody, "AccessReview.ReadWrite.All"} // for signed-in users only
)

// nobody is a permission that cannot be granted.
const nobody = "(none)"

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
		{patch, instances, onInstance(updateInstance), 1, writeReviews},
		{get, instances + "/contactedReviewers", governed(listContacted), 1, readReviews},
		{get, instances + "/decisions", governed(listDecisions), 1, readReviews},
		{get, instances + "/decisions/{decision}", governed(getDecision), 1, readReviews},
		{patch, instances + "/decisions/{decision}", governed(updateDecision), 1, asReviewer},
		{post, instances + "/stop", onInstance(stopInstance), 1, writeReviews},
		{post, instances + "/applyDecisions", onInstance(applyDecisions), 1, writeReviews},
		{post, instances + "/sendReminder", onInstance(sendReminder), 1, writeReviews},
		{post, instances + "/resetDecisions", onInstance(resetDecisions), 1, writeReviews},
		{post, instances + "/batchRecordDecisions", onInstance(batchRecord), 1, writeReviews},
		{post, instances + "/acceptRecommendations", onInstance(acceptRecommendations), 1, asReviewer},
		{get, instances + "/stages", governed(listStages), 1, readReviews},
		{get, stages, governed(getStage), 1, readReviews},
		{post, stages + "/stop", governed(stopStage), 1, writeReviews},
		{get, stages + "/decisions", governed(listStageDecisions), 1, readReviews},
		{get, stages + "/decisions/{decision}", governed(getDecision), 1, readReviews},
		{patch, stages + "/decisions/{decision}", governed(updateDecision), 1, asReviewer},
	}
}
