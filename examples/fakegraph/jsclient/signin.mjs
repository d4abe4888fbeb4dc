// MSAL for Node signs in, and its tokens let Microsoft's JavaScript client do what
// their roles allow: node signin.mjs https://127.0.0.1:PORT CLIENT_ID CLIENT_SECRET
import assert from "node:assert/strict";
import { ConfidentialClientApplication } from "@azure/msal-node";
import { Client } from "@microsoft/microsoft-graph-client";

const [root, clientId, clientSecret] = process.argv.slice(2);

const msal = (change) => new ConfidentialClientApplication({
  auth: { clientId, clientSecret, authority: `${root}/contoso.example`, knownAuthorities: [new URL(root).host], ...change },
});
const token = async (application) =>
  (await application.acquireTokenByClientCredential({ scopes: ["https://graph.microsoft.com/.default"] })).accessToken;

const refused = {
  7000215: { clientSecret: "wrong" },
  700016: { clientId: "22222222-2222-4222-8222-222222222222" },
};
for (const [number, change] of Object.entries(refused)) {
  await assert.rejects(token(msal(change)), new RegExp(`AADSTS${number}: `));
  console.log(`ok  refused with AADSTS${number}`);
}
await assert.rejects(token(msal({ authority: `${root}/elsewhere.example` })), "discovery knows no such tenant");

const application = msal({});
const client = Client.initWithMiddleware({
  baseUrl: root,
  customHosts: new Set([new URL(root).hostname]),
  authProvider: { getAccessToken: () => token(application) },
});
const users = await client.api("/users").select("userPrincipalName").get();
assert.deepEqual(users.value.map((u) => u.userPrincipalName).sort(),
  ["ada@contoso.example", "bo@contoso.example", "zoe@contoso.example"]);
console.log("ok  users are read with the role User.ReadWrite.All");
const error = await client.api("/applications").get().then(() => assert.fail("403 expected"), (e) => e);
assert.deepEqual([error.statusCode, error.code], [403, "Authorization_RequestDenied"]);
console.log("ok  applications are not, without a role");
