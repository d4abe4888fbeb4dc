// Package fulfill carries what a review decided back into an application without
// provisioning, which keeps the account of a user who lost access.
//
// [NewSnapshot] keeps who held what, and whose account that was. Later
// [NewRevocations] lists, by the application's own accounts, who lost access and
// why, [Deliver] opens one ticket for each through a [Ticketer] such as
// [Webhook], and [ProveClosed] reads a new export of the application to prove
// that the accounts are gone. Whatever was not read to its end yields no list.
package fulfill
