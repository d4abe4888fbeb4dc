package graphfake

import "net/http"

// Nobody has a photo. https://learn.microsoft.com/graph/api/profilephoto-get
var (
	readUserPhotos = access{"ProfilePhoto.Read.All ProfilePhoto.ReadWrite.All User.ReadBasic.All User.Read.All",
		"User.Read ProfilePhoto.Read.All ProfilePhoto.ReadWrite.All User.ReadBasic.All"}
	readGroupPhotos = both("ProfilePhoto.Read.All ProfilePhoto.ReadWrite.All Group.Read.All")
)

// photoRoutes are the routes of the photo of the object of a path. That the list of
// its sizes answers as the photo does is believed: clients that read it, such as
// https://github.com/backstage/backstage, take 404 for "there is none".
func photoRoutes(path string, find finder, perms access) []route {
	none := on(find, noPhoto)
	return []route{
		{get, path + "/photo", none, 1, perms},
		{get, path + "/photo/$value", none, 1, perms},
		{get, path + "/photos", none, 1, perms},
		{get, path + "/photos/{size}", none, 1, perms},
		{get, path + "/photos/{size}/$value", none, 1, perms},
	}
}

// noPhoto answers in the words that were seen:
// https://github.com/Azure-Samples/ms-identity-dotnetcore-b2c-account-management/issues/23
func noPhoto(*request, *object) (response, *graphError) {
	return response{}, refuse(http.StatusNotFound, "ImageNotFound",
		"Exception of type 'Microsoft.Fast.Profile.Core.Exception.ImageNotFoundException' was thrown.")
}
