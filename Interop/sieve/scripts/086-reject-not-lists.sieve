require ["reject"];
if not exists "List-Id" { reject "No."; }
