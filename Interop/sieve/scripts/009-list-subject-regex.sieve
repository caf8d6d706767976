require ["fileinto", "variables", "regex"];
if header :regex "Subject" "^(re: *)*\\[([^]]+)\\]" {
    fileinto "Tag/${2}";
} else {
    fileinto "Untagged";
}
