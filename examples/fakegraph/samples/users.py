"""Python's standard library: sign in, create a user, follow the pages of a list."""
import json
import os
import ssl
import urllib.parse
import urllib.request

FAKE = os.environ.get("FAKE", "https://127.0.0.1:8443")
trust = ssl.create_default_context(cafile=os.environ.get("CA", "fakegraph-cert.pem"))


def send(url, body=None, **headers):
    request = urllib.request.Request(url, data=body, headers=headers)
    with urllib.request.urlopen(request, context=trust) as response:
        return json.load(response)


form = urllib.parse.urlencode({
    "grant_type": "client_credentials", "client_id": os.environ["CLIENT_ID"],
    "client_secret": os.environ["CLIENT_SECRET"], "scope": "https://graph.microsoft.com/.default",
})
signed_in = send(FAKE + "/contoso.example/oauth2/v2.0/token", form.encode())
bearer = {"Authorization": "Bearer " + signed_in["access_token"]}

user = {
    "accountEnabled": True, "displayName": "Dee", "mailNickname": "dee", "userPrincipalName": "dee@contoso.example",
    "passwordProfile": {"password": "xWwvJ]6NMw+bWH-d"},
}
send(FAKE + "/v1.0/users", json.dumps(user).encode(), **bearer, **{"Content-Type": "application/json"})

page = FAKE + "/v1.0/users?$select=userPrincipalName&$top=2"
while page:
    answer = send(page, **bearer)
    for user in answer["value"]:
        print(user["userPrincipalName"])
    page = answer.get("@odata.nextLink")
