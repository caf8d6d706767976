require ["subaddress", "fileinto"];
if address :user :contains ["To", "From"] "zzzz" { fileinto "UserInHeader"; }
if address :detail :contains ["To", "From", "Sender"] ["admin", "list"] { fileinto "DetailInHeader"; }
