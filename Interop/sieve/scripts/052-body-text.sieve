require ["body", "fileinto"];
if body :text :contains ["unsubscribe", "remove me"] { fileinto "Bulk"; }
elsif body :text :matches "*http://*" { fileinto "Links"; }
