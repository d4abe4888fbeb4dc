// Microsoft's JavaScript client, which was not written with graphfake, goes
// through a common flow: node flow.mjs https://127.0.0.1:PORT
import assert from "node:assert/strict";
import { BatchRequestContent, BatchResponseContent, Client, GraphError, PageIterator } from "@microsoft/microsoft-graph-client";

const root = process.argv[2];
const client = Client.initWithMiddleware({
  baseUrl: root,
  customHosts: new Set([new URL(root).hostname]), // the client sends tokens to Graph's own hosts only, unless told
  authProvider: { getAccessToken: async () => process.env.GRAPH_TOKEN ?? "any" },
});

const steps = {
  async "pages of users are followed by nextLink"() {
    const names = [];
    const first = await client.api("/users").select("id,userPrincipalName").top(2).get();
    assert.match(first["@odata.nextLink"], /\$skiptoken=/);
    await new PageIterator(client, first, (user) => names.push(user.userPrincipalName)).iterate();
    assert.equal(names.length, 5);
    assert.equal(new Set(names).size, 5);
  },

  async "a filter with a quote, a plus and letters beyond ASCII finds its user"() {
    const filter = "displayName eq 'Zoë O''Neil+1'";
    const found = await client.api("/users").filter(encodeURIComponent(filter)).get();
    assert.deepEqual(found.value.map((u) => u.userPrincipalName), ["zoe@contoso.example"]);
    assert.equal(found.value[0].accountEnabled, undefined, "not a default property");
    const unescaped = await client.api("/users").filter(filter).get();
    assert.deepEqual(unescaped.value, [], "the client leaves + as it is, and the service reads a space");
  },

  async "an advanced query counts"() {
    const page = await client.api("/users").header("ConsistencyLevel", "eventual").count(true)
      .filter("endsWith(userPrincipalName,'@contoso.example')").top(1).get();
    assert.equal(page["@odata.count"], 5);
    await fails(client.api("/users").filter("endsWith(userPrincipalName,'@contoso.example')").get(), 400, "Request_UnsupportedQuery");
  },

  async "a throttled request is sent again after its Retry-After"() {
    const organization = await client.api("/organization").get(); // the faults file answers 429 first
    assert.equal(organization.value.length, 1);
  },

  async "a user is created once, changed, deleted and restored"() {
    const body = {
      accountEnabled: true, displayName: "New", mailNickname: "new", userPrincipalName: "new@contoso.example",
      passwordProfile: { password: "xWwvJ]6NMw+bWH-d" },
    };
    const user = await client.api("/users").post(body);
    const error = await fails(client.api("/users").post(body), 400, "Request_BadRequest");
    assert.match(error.message, /userPrincipalName already exists/);
    await client.api(`/users/${user.id}`).update({ department: "Sales" });
    assert.equal((await client.api(`/users/${user.id}`).select("department").get()).department, "Sales");
    await client.api(`/users/${user.id}`).delete();
    await fails(client.api(`/users/${user.id}`).get(), 404, "Request_ResourceNotFound");
    await client.api(`/directory/deletedItems/${user.id}/restore`).post({});
    assert.equal((await client.api("/users/new@contoso.example").get()).id, user.id);
  },

  async "an application is registered and a role given, listed and taken back"() {
    const app = await client.api("/applications").post({ displayName: "CORPDB1" });
    const role = { id: crypto.randomUUID(), displayName: "General", description: "General", value: "General", allowedMemberTypes: ["User"], isEnabled: true };
    await client.api(`/applications/${app.id}`).update({ appRoles: [role] });
    const principal = await client.api("/servicePrincipals").post({ appId: app.appId });
    assert.deepEqual(principal.appRoles.map((r) => r.id), [role.id]);
    const user = await client.api("/users/ada@contoso.example").get();
    const path = `/servicePrincipals/${principal.id}/appRoleAssignedTo`;
    const grant = { principalId: user.id, resourceId: principal.id, appRoleId: role.id };
    const assignment = await client.api(path).post(grant);
    assert.equal(assignment.id.length, 43);
    await fails(client.api(path).post(grant), 400, "Request_BadRequest");
    assert.deepEqual((await client.api(path).get()).value.map((a) => a.principalDisplayName), ["Ada Byron"]);
    await client.api(`${path}/${assignment.id}`).delete();
    assert.deepEqual((await client.api(path).get()).value, []);
  },

  async "a batch answers each of its requests"() {
    const batch = new BatchRequestContent([
      { id: "1", request: new Request(`${root}/users/ada@contoso.example?$select=id`) },
      { id: "2", request: new Request(`${root}/users/nobody@contoso.example`) },
    ]);
    const answer = new BatchResponseContent(await client.api("/$batch").post(await batch.getContent()));
    assert.equal(answer.getResponseById("1").status, 200);
    assert.equal(answer.getResponseById("2").status, 404);
  },
};

async function fails(promise, status, code) {
  const error = await promise.then(() => assert.fail(`status ${status} expected`), (e) => e);
  assert.ok(error instanceof GraphError, String(error));
  assert.deepEqual([error.statusCode, error.code], [status, code], error.message);
  return error;
}

for (const [name, step] of Object.entries(steps)) {
  await step();
  console.log(`ok  ${name}`);
}
