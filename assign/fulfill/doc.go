// Package fulfill carries what was decided in the directory back into an application
// without provisioning, which keeps the account of a user who lost access. It says
// which accounts to close, opens a ticket for each, and proves that it was done.
//
//	journal, err := fulfill.OpenJournal("CORPDB1.journal", app, nil)
//	look, err := reviews.Look(ctx, journal.State(), opts)    // governance.Client; or make a Look
//	news, err := journal.State().Compare(look, nil)          // who lost access, or has it again
//	err = journal.Record(news)
//	err = news.Revocations().WriteText(os.Stdout)            // the closing list, and how many denials wait
//	due, err := journal.State().Due(nil)                     // the tickets that are needed
//	delivery, err := journal.Deliver(ctx, desk, due)
//	closure, err := journal.State().Prove(export, nil)       // what a new export shows
//	err = journal.Proven(closure)
//
// The example of [Journal] is that program as a whole. The types in the order in which
// one meets them:
//
//   - A [Journal] is one file for each application. It grows over years.
//   - A [List] is the application's own list: which account is whose.
//   - A [Look] is what one run saw. governance.Client reads one; a program can make it.
//   - A [State] is what the journal says, and [News] are what a look adds to it.
//   - [Revocations] are what is to be done, by the application's own accounts.
//   - A [Ticket] asks for it at a [Ticketer]: a [Webhook], [ServiceNow], or one of your
//     own. One that is a [TicketReader] can also tell what became of a ticket.
//   - A [Closure] is the proof, by a new export of the application.
//   - [ReadHistory] tells who had access when. [ChangesSince] tells reviewers what is
//     new. [State.Undo] plans to take back a run.
//
// # What is concluded, and from what
//
// Only whole looks count. What was not read to its end yields an error and no News.
//
// A role is lost if a person had it and could sign in, and the next look shows that it
// is gone or that they can't sign in. If they get it back, the loss ends. If they lose
// it again, that is another loss with its own ticket.
//
// An account is to be closed once all of its people lost everything that is the
// account's. Until then somebody is asked to look into it. A user who was disabled when
// first seen, such as one made for the review, counts as having access.
//
// A run that changes assignments adds what it wrote ([Journal.Applied]) and then a look.
// If it failed in part it adds no look.
//
// # Errors
//
//   - [assign.ErrUnfinished]: something was not read to its end; read it again.
//   - [*LimitError]: more accounts, or more tickets, than the options allow. Somebody
//     must look; an Override with a reason lets them pass once.
//   - [ErrLocked]: another program is writing to the journal; run again later.
//   - [assign.ErrMalformed], [assign.ErrVersion], [assign.ErrTruncated]: the file is no
//     journal, or it was changed.
//   - [assign.ErrOtherApplication]: it is another application's.
//   - [ErrUndelivered]: not all tickets are open; deliver again. It comes with the first
//     failure, such as a [*ReceiverError] or what your Ticketer returned.
//   - [ErrRefused]: the receiver won't have this ticket.
//   - [ErrNoLook]: tickets need a look in the same run, so that they are true.
//   - [ErrNoCampaign]: no review was begun, so ChangesSince has no beginning.
//
// # The journal on disk
//
// A journal is JSON Lines. Each line has a number, a time, a kind, its own digest, and
// that of the line before. So a line that was changed, removed or swapped is noticed. A
// line is on the disk before anything follows from it. A line that a power failure cut
// off is taken away when the file is opened next; [Journal.Note] says so. Beside it
// lies FILE.lock, which says who is writing and which line was the last.
//
// # Personal data
//
// A journal names people, what they have and had, and who decided. So do a closing list
// and a ticket. The journal is made for its owner alone (mode 0600); for lists there is
// [roster.WriteFile]. [Journal.Forget] takes out a person who has left, and
// [Journal.Compact] the history. Passwords and tokens are never in it, nor the address
// of a webhook, which is a secret too. The package logs nothing.
package fulfill
