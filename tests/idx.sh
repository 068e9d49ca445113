# Data to train on, for the shell tests: 400 images and 100 to test, of 4 x 4 pixels, in data/. Read by `.`.
# shellcheck shell=sh

# numbers NUMBER ...: each as four bytes, the highest first.
numbers() {
    for number; do
        # shellcheck disable=SC2059 # it is the format that makes bytes
        printf "$(printf '\\%03o\\%03o\\%03o\\%03o' \
            $((number >> 24)) $((number >> 16 & 255)) $((number >> 8 & 255)) $((number & 255)))"
    done
}

mkdir data
for set in train:400 t10k:100; do
    count=${set#*:} name=data/${set%:*}
    {
        numbers 2051 "$count" 4 4
        yes 'Cn8 zQ.~4Tfd!kPw' | tr -d '\n' | head -c $((count * 16))
    } >"$name-images-idx3-ubyte"
    {
        numbers 2049 "$count"
        awk -v n="$count" 'BEGIN { for (i = 0; i < n; i++) printf "%s", i % 2 ? "\001" : "\002" }'
    } >"$name-labels-idx1-ubyte"
done
