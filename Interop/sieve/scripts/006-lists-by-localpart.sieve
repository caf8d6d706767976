require "fileinto";
if address :localpart :contains ["To", "Cc"] ["zzzz", "yyyy"] { fileinto "Mine"; }
if address :localpart "Sender" ["fork-admin", "ilug-admin"] { fileinto "Admin"; }
