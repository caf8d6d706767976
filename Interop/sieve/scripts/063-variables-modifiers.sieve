require ["variables", "fileinto"];
if header :matches "From" "*@*" {
    set :upper "a" "${1}";
    set :lowerfirst "b" "${a}";
    set :length "c" "${a}";
    fileinto "${b}/${c}";
}
