package main

import (
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

// accounts is the list of an application that has grown for ten years and over one
// merger.
const accounts = `Login;EMail;Name;Role;Status;Type;Last sign-in;Admin;Owner
k.lund;kari.lund@contoso.example;Kari Lund;Approver;active;Person;2026-11-20;yes;
a.byron;ada.byron@oldco.example;Ada Byron;Approver;active;Person;2026-11-12;yes;
b.moe;bjorn.moe@oldco.example;Bjørn Moe;User;active;Person;2026-11-02;no;
e.rask;eva.rask@oldco.example;Eva Rask;User;active;Person;2026-10-30;no;
x.left;lee.left@oldco.example;Lee Left;User;inactive;Person;2023-02-01;no;
g.hopper;grace@former.example;Grace Hopper;User;active;Person;2026-11-21;no;
o.tveit;ola.tveit@contoso.example ;Ola Tveit;User;active;Person;2026-11-22;no;
n.dahl;nina.dhal@contoso.example;Nina Dahl;Auditor;active;Person;2026-11-10;no;
p.berg;;Per Berg;User;active;Person;2026-09-03;no;
m.vik;N/A;Mona Vik;User;active;Person;2026-08-14;no;
s.hol;siv.hol@contoso.example;Siv Hol;User;active;Person;2026-06-01;no;
z.xu;zoe@partner.example;Zoe Xu;User;active;Person;2026-11-19;no;
svc-backup;svc-backup@contoso.example;Backup;Administrator;active;Service;2026-11-27;yes;IT operations
noreply;noreply@contoso.example;Mail;User;active;;;no;
frontdesk;frontdesk@contoso.example;Front desk;User;active;Shared;2026-11-26;no;Reception
k.lund2;kari.lund@oldco.example;Kari Lund;User;inactive;Person;2022-05-05;no;
q.ruud;quentin.ruud@contoso.example;Ruud; Quentin;User;active;Person;2026-11-02;no;HR
`

func tenant() (*entra.Client, error) {
	fake := graphfake.New(&graphfake.Options{Domains: []string{"contoso.example"}})
	add := func(given, surname, name string, more graphfake.User) {
		more.GivenName, more.Surname, more.DisplayName = given, surname, given+" "+surname
		more.UserPrincipalName, more.Mail = name+"@contoso.example", name+"@contoso.example"
		fake.AddUser(more)
	}
	add("Kari", "Lund", "kari.lund", graphfake.User{})
	add("Ada", "Byron", "ada.byron", graphfake.User{})
	add("Bjørn", "Moe", "bjorn.moe", graphfake.User{Disabled: true})
	add("Eva", "Rask", "eva.rask", graphfake.User{})
	add("Grace", "Hopper", "grace.hopper", graphfake.User{ProxyAddresses: []string{"smtp:grace@former.example"}})
	add("Ola", "Tveit", "ola.tveit", graphfake.User{})
	add("Nina", "Dahl", "nina.dahl", graphfake.User{})
	add("Per", "Berg", "per.berg", graphfake.User{})
	add("Siv", "Hol", "siv.hol", graphfake.User{})
	fake.DeleteUser("siv.hol@contoso.example")
	return entra.Connect(graph.StaticToken("any"), &graph.ConnectOptions{Transport: fake.Transport()})
}
