// Node without packages: sign in, create a user, follow the pages of a list. Node trusts the fake's certificate by
// NODE_EXTRA_CA_CERTS=fakegraph-cert.pem.
const { FAKE = "https://127.0.0.1:8443", CLIENT_ID, CLIENT_SECRET } = process.env;

async function send(url, options) {
  const response = await fetch(url, options);
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}

const { access_token } = await send(`${FAKE}/contoso.example/oauth2/v2.0/token`, {
  method: "POST",
  body: new URLSearchParams({
    grant_type: "client_credentials", client_id: CLIENT_ID, client_secret: CLIENT_SECRET,
    scope: "https://graph.microsoft.com/.default",
  }),
});
const headers = { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json" };

await send(`${FAKE}/v1.0/users`, {
  method: "POST", headers,
  body: JSON.stringify({
    accountEnabled: true, displayName: "Dee", mailNickname: "dee", userPrincipalName: "dee@contoso.example",
    passwordProfile: { password: "xWwvJ]6NMw+bWH-d" },
  }),
});

for (let page = `${FAKE}/v1.0/users?$select=userPrincipalName&$top=2`; page;) {
  const answer = await send(page, { headers });
  for (const user of answer.value) console.log(user.userPrincipalName);
  page = answer["@odata.nextLink"];
}
