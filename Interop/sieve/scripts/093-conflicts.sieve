require ["fileinto", "reject"];
if exists "Cc" { fileinto "First"; }
if header :contains "Subject" "re" { reject "Conflict"; }
