package assign_test

import "github.com/rollcall-go/rollcall/assign"

// The application that the tests of this package plan for, and its roles.
var (
	general = assign.AppRole{ID: "11111111-1111-1111-1111-111111111111", DisplayName: "General", Value: "general",
		AllowedMemberTypes: []string{"User"}, IsEnabled: true}
	auditor = assign.AppRole{ID: "22222222-2222-2222-2222-222222222222", DisplayName: "Auditor", Value: "audit.read",
		AllowedMemberTypes: []string{"User", "Application"}, IsEnabled: true}
	retired = assign.AppRole{ID: "33333333-3333-3333-3333-333333333333", DisplayName: "Retired", Value: "retired",
		AllowedMemberTypes: []string{"User"}}
	daemon = assign.AppRole{ID: "44444444-4444-4444-4444-444444444444", DisplayName: "Daemon", Value: "daemon",
		AllowedMemberTypes: []string{"Application"}, IsEnabled: true}

	testApp = assign.App{ResourceID: "aaaaaaaa-0000-0000-0000-000000000001", DisplayName: "CORPDB1",
		Roles: []assign.AppRole{general, auditor, retired, daemon}}
)
