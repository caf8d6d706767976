require ["body", "regex", "fileinto"];
if body :text :regex "(call|phone)[^0-9]*[0-9-]{7,}" { fileinto "Phone"; }
