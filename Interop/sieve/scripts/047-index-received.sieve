require ["index", "fileinto"];
if header :index 1 :contains "Received" "localhost" { fileinto "First"; }
if header :index 2 :last :contains "Received" ["by", "via"] { fileinto "LastButOne"; }
if address :index 2 :domain :contains "Delivered-To" "." { fileinto "Second"; }
