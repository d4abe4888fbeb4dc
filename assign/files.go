package assign

import "github.com/rollcall-go/rollcall/assign/internal/document"

// Why a file can't be used, for errors.Is on a [*FileError].
var (
	ErrTruncated = document.ErrTruncated
	ErrVersion   = document.ErrVersion
	ErrMalformed = document.ErrMalformed
)

// ErrOtherApplication says that assignments, a plan or a file belong to another
// application than the one at hand.
var ErrOtherApplication = document.ErrOtherApplication

// A FileError says why a file that this package once wrote can't be read back.
type FileError = document.FileError
