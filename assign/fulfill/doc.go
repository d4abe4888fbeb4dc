// Package fulfill carries what was decided in the directory back into an application
// without provisioning, which keeps the account of a user who lost access.
//
// A [Journal] is one file for each application, to which everything is added that is
// known of it. It works over years:
//
//	journal, err := fulfill.OpenJournal("CORPDB1.journal", app, nil)
//	look, err := reviews.Look(ctx, journal.State(), opts) // governance.Client; or make a Look
//	news, err := journal.State().Compare(look, nil)       // who lost access, and who has it again
//	err = news.Revocations().WriteText(os.Stdout)         // shown before it is written
//	err = journal.Record(news)
//	due, err := journal.State().Due(nil)                  // the tickets that are needed
//	delivery, err := journal.Deliver(ctx, desk, due)
//	closure, err := journal.State().Prove(export, nil)    // what a new export shows
//	err = journal.Proven(closure)
//
// The types in the order in which one meets them: a [Look] is what one run saw, with the
// application's [List]; a [State] is what the journal says; [News] are the difference;
// [Revocations] list, by the application's own accounts, what is to be done; a [Ticket]
// asks for it at a [Ticketer], such as [Webhook]; a [Closure] is the proof. [ReadHistory]
// tells who had access when, [ChangesSince] what is new for reviewers, and [State.Undo]
// plans to take back a run.
//
// # What is concluded, and from what
//
// Only whole looks count: what was not read to its end yields an error and no News. A
// role is lost if a person had it, could sign in, and the next whole look shows that it
// is gone, or that they can't sign in any more. It ends when they have it again, and the
// next loss is another one, with its own ticket. An account is closed once all of its
// people lost everything that is the account's; until then somebody is asked to look
// into it. A user who was disabled when first seen, such as one made for the review,
// counts as having access.
//
// A run that failed in part adds what it wrote ([Journal.Applied]) and no look.
//
// # Errors
//
//   - [assign.ErrUnfinished]: something was not read to its end; read it again.
//   - [*LimitError]: more accounts, or more tickets, than the options allow.
//   - [ErrLocked]: another program is writing to the journal.
//   - [assign.ErrMalformed], [assign.ErrVersion], [assign.ErrTruncated]: the file is no
//     journal, or it was changed.
//   - [assign.ErrOtherApplication]: it is another application's.
//   - [ErrUndelivered], [ErrRefused], [ErrNoLook]: tickets that were not opened.
//
// # The file
//
// A journal is JSON Lines. Each line has a number, a time, a kind, the digest of the
// line before and its own, so that a line that was changed, removed or swapped is
// noticed. A line is on the disk before anything follows from it. One that a power
// failure cut off is taken away when the file is opened next, and [Journal.Note] says so.
// Beside it lies FILE.lock, which says who is writing.
//
// It names people, and what they have and had. It is made for its owner alone (mode
// 0600). [Journal.Forget] takes a person out, who has left, and [Journal.Compact] the
// history. Passwords and tokens are never in it.
package fulfill
